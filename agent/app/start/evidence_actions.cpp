#include "agent/app/start/evidence_actions.hpp"

#include "agent/app/settings.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/audit/excerpt.hpp"
#include "agent/audit/verify.hpp"
#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/recovery/answer/answer.hpp"
#include "agent/recovery/bundle/statement.hpp"
#include "agent/recovery/bundle/verify.hpp"
#include "agent/seal/digest.hpp"
#include "agent/seal/envelope.hpp"
#include "agent/seal/key_file.hpp"
#include "agent/seal/token.hpp"
#include "agent/ui/evidence/page.hpp"

#include <iostream>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::app {
namespace {

namespace json = boost::json;
using core::Errc;
using core::Outcome;
using core::WallTime;

constexpr std::uint64_t most_drill_bytes = 64ULL << 20U;
constexpr std::uint64_t most_bundle_bytes = 256ULL << 20U;
constexpr std::uint64_t most_key_bytes = 64ULL << 10U;
constexpr core::Duration usual_period = std::chrono::hours(24 * 90);
constexpr int looks_at_journal = 3;

std::string text_of(const json::object& object) { return std::string(json::serialize(object)); }

// "90d" ago, or a time, or a day.
Outcome<WallTime> read_when(const std::string& text, WallTime otherwise, WallTime now) {
  if (text.empty()) return otherwise;
  if (const auto ago = core::read_duration(text)) return now - *ago;
  const auto time = core::read_time(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (time) return *time;
  return core::fail(
      Errc::invalid, "cannot tell when " + core::clean_utf8(text) + " is",
      "write a length of time, which is counted back from now (90d), or a time (2026-11-01T00:00:00Z)");
}

bool concerns_recovery(const audit::Entry& entry) {
  return entry.actor == "recovery" || entry.action == "drill" || entry.action == "override the gate";
}

std::optional<recovery::JournalMark> mark_of(const std::optional<audit::Mark>& mark) {
  if (!mark) return std::nullopt;
  return recovery::JournalMark{mark->sequence, mark->time, mark->hash};
}

// The agent may be writing: what looks broken is looked at once more.
void judge_journal(os::Files& files, const std::string& directory, recovery::JournalPart& part) {
  for (int look = 0; look < looks_at_journal; ++look) {
    const auto report = audit::verify(files, directory);
    part.intact = !report            ? core::Standing::unknown
                  : report->intact() ? core::Standing::ok
                                     : core::Standing::not_ok;
    part.sentence = report ? report->sentence() : report.error().what;
    if (report && report->entries == 0 && report->intact()) {
      part.intact = core::Standing::unknown;
      part.sentence = "there is none: no agent has run here";
    }
    if (part.intact == core::Standing::ok) return;
  }
}

Outcome<> take_journal(os::Files& files, const std::string& state, recovery::BundleFacts& facts) {
  const std::string directory = state + "/audit";
  judge_journal(files, directory, facts.journal);
  auto found = audit::excerpt(files, directory, facts.since, facts.until, concerns_recovery);
  if (!found) return core::fail(found.error());
  facts.journal.entries = found->entries;
  facts.journal.first = mark_of(found->first);
  facts.journal.head = mark_of(found->head);
  facts.journal.lines = std::move(found->lines);
  if (found->began && (!facts.known_since || *found->began < *facts.known_since))
    facts.known_since = found->began;
  return {};
}

Outcome<> take_history(os::Files& files, const std::string& state, recovery::BundleFacts& facts) {
  const std::string path = state + "/recovery/drills.jsonl";
  auto history = files.read_all(path, most_drill_bytes);
  if (!history && history.error().code != Errc::not_found) return core::fail(history.error());
  return recovery::take_drills(history.value_or(""), facts);
}

// Of all entries those that name this record, and the intents that they are the results of.
void keep_entries_of(const std::string& sha256, std::vector<std::string>& lines) {
  std::set<std::uint64_t> intents;
  const auto names_it = [&](const std::string& line) { return line.find(sha256) != std::string::npos; };
  for (const std::string& line : lines) {
    const auto entry = audit::read_entry(line);
    if (entry && names_it(line)) intents.insert({entry->sequence, entry->intent});
  }
  std::erase_if(lines, [&](const std::string& line) {
    const auto entry = audit::read_entry(line);
    return !entry ||
           (!names_it(line) && !intents.contains(entry->sequence) && !intents.contains(entry->intent));
  });
}

Outcome<recovery::Bundle> gather(os::Files& files, const Settings& settings, recovery::BundleFacts facts) {
  if (auto taken = take_history(files, settings.state, facts); !taken) return core::fail(taken.error());
  if (!facts.drill.empty()) {
    const auto record = recovery::read_json_line(facts.lines.front());
    if (!record) return core::fail(record.error());
    facts.since = record->started;  // and until now: an entry about it may come later
  }
  if (auto taken = take_journal(files, settings.state, facts); !taken) return core::fail(taken.error());
  if (!facts.drill.empty()) keep_entries_of(seal::sha256(facts.lines.front()), facts.journal.lines);
  return recovery::make_bundle(std::move(facts));
}

Outcome<recovery::BundleFacts> facts_of(const cli::EvidenceOptions& options, const Settings& settings,
                                        WallTime now) {
  recovery::BundleFacts facts;
  const auto since = read_when(options.since, now - usual_period, now);
  const auto until = read_when(options.until, now, now);
  if (!since) return core::fail(since.error());
  if (!until) return core::fail(until.error());
  if (*since >= *until || *until > now + std::chrono::seconds(1))
    return core::fail(Errc::invalid, "the period must end after it begins, and not after now");
  if (*until - *since > recovery::longest_period)
    return core::fail(Errc::invalid, "cannot bundle more than ten years", "choose a shorter period");
  facts.cluster = settings.service.service;
  facts.instance = settings.service.instance;
  facts.made = now;
  facts.since = *since;
  facts.until = *until;
  facts.drill = options.drill;
  const recovery::Settings& recovery = *settings.recovery;
  facts.rpo = recovery.objectives.rpo;
  facts.rto = recovery.objectives.rto;
  facts.fresh_for = recovery.objectives.proof.fresh_for;
  facts.daily_at = recovery.drill.at;
  if (recovery.drill.after_backup != recovery::AfterBackup::never)
    facts.after_backup = recovery.drill.after_backup == recovery::AfterBackup::full ? "full" : "any";
  return facts;
}

cli::Told told_of(const recovery::Bundle& bundle, const std::string& folder) {
  const std::string file = folder + "/bundle.json";
  cli::Told told;
  told.code = 0;
  told.text = fmt::format(
      "{}\n  {}\n  {}/{}\n  signed by {}\n  check it anywhere: outrider evidence verify {} --key={}\n",
      bundle.summary.sentence, file, folder, recovery::page_name, bundle.facts.key_name, file,
      bundle.facts.key_name);
  told.json = text_of({{"schema", 1},
                       {"sentence", core::clean_utf8(bundle.summary.sentence)},
                       {"severity", core::name_of(bundle.summary.severity)},
                       {"bundle", file},
                       {"page", folder + "/" + std::string(recovery::page_name)},
                       {"key", bundle.facts.key_name},
                       {"manifest", bundle.head}});
  return told;
}

Outcome<cli::Told> make_evidence(const cli::EvidenceOptions& options, const std::string& version) {
  auto loaded = load_settings(options.config_path);
  if (!loaded) return core::fail(Errc::invalid, loaded.report.text());
  const Settings& settings = *loaded.value;
  if (!settings.recovery)
    return core::fail(Errc::invalid, options.config_path + " has no section `recovery`",
                      "evidence is of the drills that it describes");
  const auto files = os::make_files();
  const WallTime now = os::make_clock()->wall();
  auto facts = facts_of(options, settings, now);
  if (!facts) return core::fail(facts.error());
  const auto key = seal::open_key(*files, settings.state);
  if (!key) return core::fail(key.error());
  facts->maker = "outrider " + version;
  facts->key_name = key->public_key().thumbprint();
  const auto bundle = gather(*files, settings, std::move(*facts));
  if (!bundle) return core::fail(bundle.error());
  const std::string page = ui::evidence_page(*bundle);
  const std::string statement = text_of(recovery::statement_of(*bundle, seal::sha256(page)));
  const std::string folder =
      options.to.empty() ? "outrider-evidence-" + core::show_time(now).substr(0, 10) : options.to;
  if (auto made = files->make_directories(folder); !made) return core::fail("cannot write", made.error());
  const std::string envelope = seal::write_envelope(*key, recovery::envelope_type, statement);
  for (const auto& [name, content] :
       {std::pair<std::string, const std::string&>{std::string(recovery::page_name), page},
        std::pair<std::string, const std::string&>{"bundle.json", envelope}}) {
    if (auto written = files->replace(folder + "/" + name, content); !written)
      return core::fail(written.error());
  }
  return told_of(*bundle, folder);
}

Outcome<cli::Told> show_key(const std::string& config_path, const std::string& state) {
  std::string directory = state;
  if (directory.empty()) {
    auto loaded = load_settings(config_path);
    if (!loaded) return core::fail(Errc::invalid, loaded.report.text());
    directory = loaded.value->state;
  }
  const auto files = os::make_files();
  const auto key = seal::open_key(*files, directory);
  if (!key) return core::fail(key.error());
  const seal::PublicKey open = key->public_key();
  return cli::Told{0, fmt::format("{}# {}\n", open.pem(), open.thumbprint()), text_of(open.jwk())};
}

Outcome<seal::PublicKey> read_key_file(os::Files& files, const std::string& path) {
  const auto text = files.read_all(path, most_key_bytes);
  if (!text) return core::fail("cannot read the public key", text.error());
  return seal::read_public_key(*text);
}

Outcome<seal::Pin> pin_of(os::Files& files, const std::string& key) {
  seal::Pin pin;
  if (key.empty()) return pin;
  if (seal::is_thumbprint(key)) {
    pin.name = key;
    return pin;
  }
  auto read = read_key_file(files, key);
  if (!read) return core::fail(read.error());
  pin.key = std::move(*read);
  return pin;
}

Outcome<recovery::ChainedLine> read_chained(std::string_view line) {
  const auto entry = audit::read_entry(line);
  if (!entry) return core::fail(entry.error());
  return recovery::ChainedLine{entry->sequence, entry->previous, entry->hash, entry->hash_fits};
}

// The bundle's part of the journal against the journal itself, where that is at hand.
void compare_journal(os::Files& files, const std::string& state, recovery::BundleProof& proof) {
  if (state.empty() || !proof.bundle) return;
  const recovery::JournalPart& part = proof.bundle->facts.journal;
  std::vector<std::string> hashes;
  if (part.head) hashes = {part.first->hash, part.head->hash};
  const std::string directory = state + "/audit";
  const auto absent = files.exists(directory)
                          ? audit::missing(files, directory, part.lines, hashes)
                          : core::fail(Errc::not_found, "cannot find an audit journal at " + directory);
  if (!absent) {
    if (proof.proof == recovery::Proof::holds) proof.proof = recovery::Proof::cannot_tell;
    proof.faults.push_back(absent.error().what);
  } else if (*absent) {
    const auto entry = audit::read_entry(**absent);
    if (proof.proof == recovery::Proof::holds) proof.proof = recovery::Proof::altered;
    proof.faults.push_back(fmt::format(
        "{} is not in the audit journal of {}",
        entry ? fmt::format("entry {}", entry->sequence) : "the entry with the hash " + **absent, state));
  } else {
    proof.remarks.push_back("each entry that it shows, and its head, stand in the audit journal of " + state);
  }
}

std::string shown(const recovery::BundleProof& proof) {
  std::string text = (proof.proof == recovery::Proof::holds ? "✓ " : "✗ ") + proof.sentence() + "\n";
  for (std::size_t i = 1; i < proof.faults.size(); ++i) text += "  " + proof.faults[i] + "\n";
  if (proof.bundle) {
    const auto& facts = proof.bundle->facts;
    text += fmt::format("  {} on {}, {} to {}, made {} by {}\n  {}\n", core::clean_utf8(facts.cluster),
                        core::clean_utf8(facts.instance), core::show_time(facts.since),
                        core::show_time(facts.until), core::show_time(facts.made),
                        core::clean_utf8(facts.maker), proof.bundle->summary.sentence);
  }
  for (const std::string& remark : proof.remarks) text += "  " + remark + "\n";
  if (proof.proof == recovery::Proof::holds && !proof.pinned) {
    text +=
        "  whose key that is was not checked: compare its name with the one you were given, or use --key\n";
  }
  return text;
}

Outcome<cli::Told> verify_evidence(const cli::EvidenceCheck& check) {
  const auto files = os::make_files();
  const auto pin = pin_of(*files, check.key);
  if (!pin) return core::fail(pin.error());
  const auto text = files->read_all(check.path, most_bundle_bytes);
  if (!text) return core::fail("cannot verify", text.error());
  const auto slash = check.path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : check.path.substr(0, slash);
  const auto page = files->read_all(folder + "/" + std::string(recovery::page_name), most_bundle_bytes);
  recovery::BundleProof proof = recovery::verify_bundle(
      *text, *pin, read_chained, page ? std::optional<std::string>(*page) : std::nullopt);
  compare_journal(*files, check.state, proof);
  json::array faults, remarks;
  for (const std::string& fault : proof.faults) faults.emplace_back(core::clean_utf8(fault));
  for (const std::string& remark : proof.remarks) remarks.emplace_back(core::clean_utf8(remark));
  const std::string_view word = proof.proof == recovery::Proof::holds     ? "holds"
                                : proof.proof == recovery::Proof::altered ? "altered"
                                                                          : "cannot tell";
  const json::object body{{"schema", 1},
                          {"proof", word},
                          {"code", proof.code()},
                          {"sentence", core::clean_utf8(proof.sentence())},
                          {"key", core::clean_utf8(proof.key_name)},
                          {"pinned", proof.pinned},
                          {"faults", std::move(faults)},
                          {"remarks", std::move(remarks)}};
  return cli::Told{proof.code(), shown(proof), text_of(body)};
}

// The token itself, or an answer that has it in `signed`, as `outrider check … -o json` prints it.
std::string token_in(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  json::error_code problem;
  const auto value = text.starts_with('{') ? json::parse(text, problem) : json::value(nullptr);
  const auto* object = problem ? nullptr : value.if_object();
  const auto* token = object == nullptr ? nullptr : object->if_contains("signed");
  return token == nullptr || !token->is_string() ? text : std::string(token->as_string());
}

std::string read_input(std::size_t most) {
  std::string text(most + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  return text;
}

Outcome<cli::Told> verify_answer(const cli::AnswerCheck& check) {
  constexpr std::size_t most_input = 1U << 20U;  // an answer with all its details, and the token in it
  const auto files = os::make_files();
  const auto key = read_key_file(*files, check.key);
  if (!key) return core::fail(key.error());
  const std::string token = token_in(check.token == "-" ? read_input(most_input) : check.token);
  const auto& asked = check.question;
  const recovery::Expected expected{asked.check, asked.require, asked.expect_wal, asked.nonce,
                                    asked.audience};
  const auto proof = recovery::verify_answer(token, *key, expected, os::make_clock()->wall());
  return cli::Told{proof.code, proof.nagios() + "\n", text_of(proof.json())};
}

}  // namespace

void add_evidence_actions(cli::Actions& actions, const std::string& version) {
  actions.make_evidence = [version](const cli::EvidenceOptions& options) {
    return make_evidence(options, version);
  };
  actions.show_key = show_key;
  actions.verify_evidence = verify_evidence;
  actions.verify_answer = verify_answer;
}

}  // namespace outrider::app
