// A bundle for tests: three days with one drill each, of which the second disproved, and a day without.
#pragma once

#include "agent/core/text.hpp"
#include "agent/recovery/bundle/bundle.hpp"
#include "agent/seal/digest.hpp"
#include "agent/seal/key.hpp"

#include <string>

namespace outrider::recovery::testing {

inline seal::SigningKey bundle_key(char letter = 'k') {
  return *seal::SigningKey::from_seed(std::string(32, letter));
}

inline core::WallTime at(std::string_view time) { return *core::read_time(time); }

inline DrillRecord drill_of(std::string id, core::WallTime started, Finding finding) {
  using namespace std::chrono_literals;
  DrillRecord record;
  record.id = std::move(id);
  record.finding = finding;
  record.level = finding == Finding::proven ? Level::asserted : Level::unknown;
  record.started = record.cut = started;
  record.ended = started + 6min;
  record.catalog = "pgbackrest stanza main";
  record.set = "20261118-010000F";
  record.set_stopped = started - 2h;
  record.target = "the end of the archive";
  record.total = 5min + 12s;
  record.phases = {{"find", 1s}, {"fetch", 4min}, {"replay", 70s}};
  record.tools = {"pgbackrest 2.45", "postgres 15.18"};
  record.commands = {"pgbackrest --stanza=main restore"};
  if (finding == Finding::proven) {
    record.sentence = "set 20261118-010000F was restored in 5 min 12 s";
    record.reached = wal::Lsn{0x5000148};
    record.proven_rpo = 41s;
    record.witnesses = {{"canary", core::Standing::ok, "99 812 of 99 812 came back", 20ms},
                        {"rows by index", core::Standing::ok, "12 tables agree", 2s}};
  } else {
    record.broken = "segment 000000010000000000000005 is missing";
    record.sentence = "it cannot be restored as it should: " + record.broken;
  }
  return record;
}

inline BundleFacts sample_facts() {
  using namespace std::chrono_literals;
  BundleFacts facts;
  facts.cluster = "tests-db";
  facts.instance = "db-1";
  facts.maker = "outrider 0.1.0";
  facts.key_name = bundle_key().public_key().thumbprint();
  facts.since = at("2026-11-18T00:00:00.000Z");
  facts.until = facts.made = at("2026-11-22T00:00:00.000Z");
  facts.rpo = 1h;
  facts.rto = 15min;
  facts.fresh_for = 26h;
  facts.daily_at = 3h + 30min;
  facts.after_backup = "full";
  facts.journal.intact = core::Standing::ok;
  facts.journal.sentence = "the chain is intact: 12 entries in 1 file";
  return facts;
}

inline std::string sample_history() {
  return to_json_line(drill_of("20261118-033000", at("2026-11-18T03:30:00.000Z"), Finding::proven)) + "\n" +
         to_json_line(drill_of("20261119-033000", at("2026-11-19T03:30:00.000Z"), Finding::disproved)) +
         "\n" + to_json_line(drill_of("20261121-033000", at("2026-11-21T03:30:00.000Z"), Finding::proven)) +
         "\n";
}

inline Bundle sample_bundle() {
  BundleFacts facts = sample_facts();
  (void)take_drills(sample_history(), facts);
  return *make_bundle(std::move(facts));
}

}  // namespace outrider::recovery::testing
