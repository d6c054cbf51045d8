#include "agent/config/load.hpp"
#include "agent/pipeline/intake/intake.hpp"
#include "agent/pipeline/settings.hpp"
#include "agent/pipeline/spool/test_world.hpp"
#include "agent/telemetry/envelope.hpp"

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

// An agent that reads OTLP, and whoever sends to it.
struct Kept : spool_testing::World {
  explicit Kept(const std::string& steps = "") {
    start({"a"});
    const auto logs = config::load_text(
        "test", "{read: [{otlp: {http: 'h:1'}}], " + steps + " send_to: [{file: {path: /a.log}}]}",
        logs_kind());
    EXPECT_TRUE(logs);
    auto chain = std::make_unique<transforms::Chain>(transforms::Tools{resource, run->registry},
                                                     plan_of(*logs.value, logs.value->read[0]));
    intake = std::make_unique<ChainIntake>(clock, std::move(chain), std::vector<std::string>{"otlp"},
                                           std::vector<Destination>{{run->carriers[0].get(), "a"}},
                                           run->ledger, run->spool.get());
  }
  ~Kept() {
    sending.cancel(), clock.settle();
    stop();
  }

  // Whether its sender hears that they were taken.
  bool send(const std::vector<std::string>& bodies) {
    telemetry::Batch batch;
    batch.stream = "otlp";
    telemetry::Shelter shelter;
    for (const std::string& body : bodies) {
      std::string text;
      telemetry::append_envelope(text, {"", R"({"k":"v"})", body, false});
      telemetry::Record record;
      record.text = shelter.keep(text, batch.chunks);
      record.bytes = body.size();
      record.origin = {1, 1'700'000'000, 5, offset};
      offset += record.bytes;
      batch.records.push_back(record);
    }
    std::optional<bool> heard;
    sending.start(hear(*intake, std::move(batch), heard));
    for (int i = 0; i < 300 && !heard; ++i) clock.advance(10ms);
    EXPECT_TRUE(heard);
    return heard.value_or(false);
  }
  static async::Task<void> hear(ChainIntake& to, telemetry::Batch batch, std::optional<bool>& heard) {
    auto keeping = to.keep(std::move(batch));
    const core::Outcome<sources::Kept> kept = co_await std::move(keeping);
    heard = kept.has_value();
  }
  std::string counted(const std::string& fate, const std::string& sink) {
    const std::string text = metrics();
    const std::string series =
        "outrider_ledger_records_total{fate=\"" + fate + "\",sink=\"" + sink + "\",source=\"otlp\"} ";
    const std::size_t at = text.find(series);
    if (at == std::string::npos) return "";
    return text.substr(at + series.size(), text.find('\n', at) - at - series.size());
  }

  core::Resource resource;
  std::unique_ptr<ChainIntake> intake;
  async::Nursery sending{loop.get_executor()};
};

TEST(KeptLines, AreDocumentsOnTheDiskWhenTheirSenderHearsOfIt) {
  Kept world;
  EXPECT_TRUE(world.send({"one", "two"}));
  EXPECT_EQ(world.counted("delivered", "spool"), "2");
  world.clock.advance(1s);
  ASSERT_EQ(world.taken["a"].size(), 2u);
  EXPECT_NE(world.taken["a"][1].find(R"("message":"two","k":"v")"), std::string::npos) << world.taken["a"][1];
  world.expect_balanced();
}

TEST(KeptLines, ThatAStepLeavesOutAreCountedOnceTheirRequestIsTaken) {
  Kept world("steps: [{drop: {message: noise}}],");
  world.clock.advance(1s);
  world.book.full = true;
  EXPECT_FALSE(world.send({"one", "noise"}));
  EXPECT_EQ(world.counted("dropped", "a"), "0") << "it comes again";
  world.expect_balanced();
  world.book.full = false;
  world.clock.advance(3s);
  EXPECT_TRUE(world.send({"one", "noise"}));
  EXPECT_TRUE(world.send({"noise"})) << "nothing is left of it to be written";
  EXPECT_EQ(world.counted("dropped", "a"), "2");
  world.clock.advance(1s);
  EXPECT_EQ(world.taken["a"].size(), 1u);
  world.expect_balanced();
}

TEST(KeptLines, OfALargeRequestAreAllOneCommit) {
  Kept world;
  const int before = world.book.writes;
  EXPECT_TRUE(world.send(std::vector<std::string>(3000, std::string(300, 'x'))));
  EXPECT_LE(world.book.writes - before, 2) << "one may have been due";
  EXPECT_EQ(world.counted("delivered", "spool"), "3000");
  world.clock.advance(10s);
  EXPECT_EQ(world.taken["a"].size(), 3000u);
}

TEST(KeptLines, AreNotTakenWithoutASpool) {
  Kept world;
  world.intake->without_spool();
  EXPECT_FALSE(world.send({"one"}));
}

}  // namespace
}  // namespace outrider::pipeline
