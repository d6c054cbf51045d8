#include "agent/recovery/gate/gate.hpp"

#include "agent/recovery/exposure/testing.hpp"
#include "agent/recovery/gate/assemble.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using wal::Lsn;
using namespace std::chrono_literals;

namespace {

// All is well and proven.
Snapshot sound() {
  World world;
  Evidence seen = healthy(0s, Lsn{0x5000100});
  world.look(seen);
  for (int i = 1; i < 5; ++i) {
    Evidence next = healthy(std::chrono::seconds(i * 10), Lsn{i < 3 ? 0x5000100ULL : 0x6000028ULL});
    next.transactions = seen.transactions;
    if (i == 3) world.store(5, next.taken);
    world.look(std::move(next));
  }
  world.list();
  for (int i = 0; i < 5; ++i) world.drills.push_back(proof(noon - 2h, "20261121-060000F"));
  Sources sources;
  sources.cluster = "main";
  sources.exposure = world.view();
  CatalogSource catalog;
  catalog.view = sources.exposure.catalogs[0];
  sources.catalogs.push_back(catalog);
  Snapshot snapshot = assemble(sources);
  return snapshot;
}

GateView asking(const Snapshot& snapshot, Check check = Check::all, std::string_view require = "") {
  GateView view;
  view.snapshot = &snapshot;
  view.check = check;
  if (const auto wanted = parse_requirement(require)) view.requirement = *wanted;
  view.now = snapshot.taken + 10s;
  return view;
}

constexpr Check every[] = {Check::rpo,         Check::rto,   Check::backup, Check::archive,
                           Check::replication, Check::drill, Check::all};

}  // namespace

TEST(Gate, LetsPassWhatIsSoundAndProven) {
  const Snapshot snapshot = sound();
  for (const Check check : every) {
    const GateResult result = pass_gate(asking(snapshot, check, "level>=L1 age<24h"));
    EXPECT_EQ(result.code, 0) << result.text();
    EXPECT_EQ(result.nagios().find('\n'), std::string::npos);
    EXPECT_TRUE(result.nagios().starts_with("RECOVERY " + std::string(name_of(check)) + " OK - "));
  }
}

TEST(Gate, LetsPassOnlyWhereThisVeryRestorePointWasProvenHere) {
  Snapshot snapshot = sound();
  const auto code = [&](const char* require) {
    return pass_gate(asking(snapshot, Check::drill, require)).code;
  };
  EXPECT_EQ(code("point=before"), 3) << "nobody went there";
  DrillRecord there = snapshot.drills.back();
  there.restore_point = RestorePoint{"before", Lsn{0x5000148}};
  there.system_id = snapshot.evidence->system_id;
  snapshot.drills.push_back(there);
  EXPECT_EQ(code("point=before"), 0);
  EXPECT_EQ(code("point=befor"), 3) << "that is another one";
  EXPECT_EQ(code("point=before age<1h"), 2) << "two hours ago";
  snapshot.drills.back().system_id = *snapshot.evidence->system_id + 1;
  EXPECT_EQ(code("point=before"), 3) << "of another cluster";
  snapshot.drills.back() = there;
  snapshot.drills.back().ended = snapshot.taken - 30h;
  EXPECT_EQ(code("point=before"), 2) << "it fades";
  snapshot.drills.push_back(there);
  snapshot.drills.back().finding = Finding::could_not_verify;
  EXPECT_EQ(code("point=before"), 3) << "the last one counts";
  snapshot.drills.back().finding = Finding::disproved;
  EXPECT_EQ(code("point=before"), 2);
}

TEST(Gate, FailsClosed) {
  for (const Check check : every) {
    GateView nothing;
    nothing.check = check;
    nothing.now = noon;
    EXPECT_EQ(pass_gate(nothing).code, 3);
    const Snapshot empty;  // nobody filled it
    GateView view = asking(empty, check);
    view.now = empty.taken;
    EXPECT_NE(pass_gate(view).code, 0) << name_of(check);
    const Snapshot snapshot = sound();
    view = asking(snapshot, check);
    view.now += 6min;
    EXPECT_EQ(pass_gate(view).code, 3) << "too old";
    view.now = snapshot.taken - 1h;
    EXPECT_EQ(pass_gate(view).code, 3) << "from the future";
  }
}

TEST(Gate, UnknownIsThreeAndNeverZero) {
  Snapshot snapshot = sound();
  snapshot.exposure.inferred.rpo.reset();
  EXPECT_EQ(pass_gate(asking(snapshot, Check::rpo)).code, 3);
  EXPECT_EQ(pass_gate(asking(snapshot, Check::rpo, "rpo<1h")).code, 3);
  snapshot.forecast = Forecast{};
  EXPECT_EQ(pass_gate(asking(snapshot, Check::rto)).code, 3);
  snapshot.evidence.reset();
  EXPECT_EQ(pass_gate(asking(snapshot, Check::archive)).code, 3);
  EXPECT_EQ(pass_gate(asking(snapshot, Check::replication)).code, 3);
  snapshot.catalogs.clear();
  EXPECT_EQ(pass_gate(asking(snapshot, Check::backup)).code, 3);
  snapshot.drills.clear();
  snapshot.exposure.proven = Figure{};
  EXPECT_EQ(pass_gate(asking(snapshot, Check::drill)).code, 3);
}

TEST(Gate, RequirementsAreHeldBeyondTheObjectives) {
  Snapshot snapshot = sound();
  EXPECT_EQ(pass_gate(asking(snapshot, Check::rpo, "level>=L4 age<24h")).code, 0);
  snapshot.exposure.proven.level = snapshot.exposure.drilled.level = Level::replayed;
  const GateResult low = pass_gate(asking(snapshot, Check::rpo, "level>=L4"));
  EXPECT_EQ(low.code, 2);
  EXPECT_NE(low.sentence.find("level L4 asserted is required"), std::string::npos) << low.sentence;
  EXPECT_EQ(pass_gate(asking(snapshot, Check::rpo, "age<1h")).code, 2);
  EXPECT_EQ(pass_gate(asking(snapshot, Check::backup, "age<1h")).code, 2) << "the backup is six hours old";
  EXPECT_EQ(pass_gate(asking(snapshot, Check::backup, "age<7h")).code, 0);
  snapshot.budget.left = 0.05;
  EXPECT_EQ(pass_gate(asking(snapshot, Check::rpo, "budget>10%")).code, 2);
  snapshot.evidence->ready->count = 7;
  EXPECT_EQ(pass_gate(asking(snapshot, Check::archive, "backlog<5")).code, 2);
  snapshot.evidence->ready.reset();
  EXPECT_EQ(pass_gate(asking(snapshot, Check::archive, "backlog<5")).code, 3);
}

TEST(Gate, FindingsDecideTheirOwnCheck) {
  Snapshot snapshot = sound();
  snapshot.judgements.push_back(
      {"archiver.stalled", Severity::critical, "the archiver stands still", "", {}});
  EXPECT_EQ(pass_gate(asking(snapshot, Check::archive)).code, 2);
  EXPECT_EQ(pass_gate(asking(snapshot, Check::all)).code, 2);
  EXPECT_EQ(pass_gate(asking(snapshot, Check::backup)).code, 0);
  snapshot = sound();
  snapshot.drills.push_back(proof(noon - 1h, "20261121-060000F"));
  snapshot.drills.back().finding = Finding::disproved;
  EXPECT_EQ(pass_gate(asking(snapshot, Check::drill)).code, 2);
}

TEST(Gate, WritesPerfdataThatOthersRead) {
  Snapshot snapshot = sound();
  snapshot.exposure.inferred.rpo = 41500ms;
  snapshot.exposure.sentence = "lost | now\nor later";
  const std::string line = pass_gate(asking(snapshot, Check::rpo)).nagios();
  EXPECT_NE(line.find("lost / now or later | rpo=41.500s;2880;3600;0 "), std::string::npos) << line;
  snapshot.exposure.inferred.rpo.reset();
  EXPECT_NE(pass_gate(asking(snapshot, Check::rpo)).nagios().find(" rpo=U;2880;3600;0"), std::string::npos);
}

TEST(Gate, AnOverrideNeedsAllOfItselfAndEnds) {
  Snapshot snapshot = sound();
  snapshot.exposure.inferred.rpo.reset();
  GateView view = asking(snapshot, Check::rpo);
  view.waiver = Override{"alice", "hotfix 4711", view.now + 1h};
  const GateResult passed = pass_gate(view);
  EXPECT_EQ(passed.code, 0);
  EXPECT_TRUE(passed.overridden);
  EXPECT_EQ(passed.severity, Severity::unknown) << "what it is stays told";
  EXPECT_NE(passed.sentence.find("allowed by alice until"), std::string::npos);
  for (const Override& bad :
       {Override{"", "x", view.now + 1h}, Override{"alice", "", view.now + 1h}, Override{"alice", "x", {}},
        Override{"alice", "x", view.now - 1s}, Override{"alice", "x", view.now + 24h * 30}}) {
    view.waiver = bad;
    EXPECT_EQ(pass_gate(view).code, 3);
    EXPECT_NE(pass_gate(view).sentence.find("override does not count"), std::string::npos);
  }
  const Snapshot fine = sound();
  view = asking(fine, Check::rpo);
  view.waiver = Override{"alice", "x", view.now + 1h};
  EXPECT_FALSE(pass_gate(view).overridden) << "nothing to override";
}

TEST(Gate, AMigrationIsAllowedByWhatItWillWrite) {
  Snapshot snapshot = sound();
  GateView view = asking(snapshot, Check::rto);
  view.expect_wal = 10 * 1024 * mib;
  EXPECT_EQ(pass_gate(view).code, 0) << pass_gate(view).text();
  view.expect_wal = 100 * 1024 * mib;
  const GateResult denied = pass_gate(view);
  EXPECT_EQ(denied.code, 2);
  EXPECT_NE(denied.sentence.find("after 100 GiB more of WAL"), std::string::npos) << denied.sentence;
  snapshot.drills.clear();
  EXPECT_EQ(pass_gate(view).code, 3);
}

TEST(Gate, JsonSaysTheSame) {
  const Snapshot snapshot = sound();
  const auto json = pass_gate(asking(snapshot)).json();
  EXPECT_EQ(json.at("code").as_int64(), 0);
  EXPECT_TRUE(json.at("allowed").as_bool());
  EXPECT_EQ(json.at("checks").as_array().size(), 6u);
  const auto whole = to_json(snapshot);
  EXPECT_EQ(whole.at("exposure").at("inferred").at("seconds").as_double(), 0.0);
  EXPECT_EQ(whole.at("server").at("system_id").as_string(), std::to_string(ours));
  const Snapshot empty;
  const std::string text = boost::json::serialize(to_json(empty));
  EXPECT_NE(text.find("\"server\":null"), std::string::npos);
  EXPECT_EQ(text.find("1970"), std::string::npos) << "never is null";
}
