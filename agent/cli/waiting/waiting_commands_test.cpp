// outrider parked and outrider spool: over a book with something in it, without one, and over a torn one.
#include "agent/cli/exit_code.hpp"
#include "agent/cli/scripted_agent.hpp"
#include "agent/cli/test_kit.hpp"
#include "agent/core/clock.hpp"
#include "agent/durable/book.hpp"
#include "agent/durable/testing.hpp"
#include "agent/pipeline/parking/parked_record.hpp"

#include <deque>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;

namespace {

class WaitingTest : public TypedCommand {
 protected:
  WaitingTest() {
    actions_.clock = &clock_;
    actions_.client = [this](const async::Executor&) { return std::make_unique<ScriptedAgent>(agent_); };
  }

  int outrider(std::vector<std::string> words) {
    if (words[1] == "list" || words[1] == "show" || words[0] == "spool")
      words.insert(words.end(), {"--state", state_});
    if (words[1] == "replay" || words[1] == "drop") words.insert(words.end(), {"--agent", "/run/test.sock"});
    return TypedCommand::outrider(std::move(words));
  }

  void park(std::uint64_t offset, const std::string& why) {
    auto batch = std::make_shared<telemetry::Batch>();
    batch->stream = "a.log";
    telemetry::Record record;
    record.text = R"({"message":"odd"})";
    record.origin = {1, 1'700'000'000, 9, offset};
    batch->records.push_back(record);
    const auto parked = pipeline::ParkedRecord::of("elasticsearch es:9200", {batch, 0, why}, {});
    std::filesystem::create_directories(state_);
    auto book = durable::open_book(state_ + "/book");
    ASSERT_TRUE(book) << book.error().what;
    const std::vector<durable::Change> changes{
        {std::string(pipeline::parked_table), parked.key(), parked.packed()}};
    ASSERT_TRUE((*book)->write(changes));
    id_ = parked.id;
  }

  void tear() {
    std::filesystem::create_directories(state_ + "/book");
    std::ofstream(state_ + "/book/data.mdb", std::ios::binary) << std::string(20'000, 'x');
  }

  durable::testing::Memory folder_;
  std::string state_ = folder_ / "state";
  std::string id_;
  StandingClock clock_;
  Script agent_;
};

}  // namespace

TEST_F(WaitingTest, WhatIsParkedIsListedAndShown) {
  park(5, "mapper_parsing_exception: no \x1b[31m");
  EXPECT_EQ(outrider({"parked", "list"}), exit_ok);
  EXPECT_NE(out_.str().find(id_), std::string::npos);
  EXPECT_NE(out_.str().find("1 parked records of elasticsearch es:9200"), std::string::npos) << out_.str();
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos) << "what others said does not command the terminal";
  EXPECT_EQ(outrider({"parked", "list", "--output", "json"}), exit_ok);
  EXPECT_NE(out_.str().find("\"id\":\"" + id_ + "\""), std::string::npos) << out_.str();
  EXPECT_EQ(outrider({"parked", "show", id_}), exit_ok);
  EXPECT_NE(out_.str().find(R"({"message":"odd"})"), std::string::npos);
  EXPECT_EQ(outrider({"parked", "list", "--sink", "nowhere"}), exit_ok);
  EXPECT_EQ(out_.str(), "nothing is parked\n");
}

TEST_F(WaitingTest, WhatCannotBeShownIsToldAsThat) {
  park(5, "no");
  EXPECT_EQ(outrider({"parked", "show"}), exit_usage);
  EXPECT_EQ(outrider({"parked", "show", "absent"}), exit_unknown);
  EXPECT_NE(err_.str().find("cannot find absent"), std::string::npos);
  EXPECT_EQ(outrider({"parked", "list", "--count", "many"}), exit_usage);
  EXPECT_EQ(outrider({"parked", "lsit"}), exit_usage);
}

TEST_F(WaitingTest, WhereNothingWasWrittenNothingIsParked) {
  EXPECT_EQ(outrider({"parked", "list"}), exit_ok);
  EXPECT_EQ(out_.str(), "nothing is parked\n");
  EXPECT_EQ(outrider({"parked", "show", "x"}), exit_unknown);
  EXPECT_EQ(outrider({"spool", "inspect"}), exit_unknown) << "nothing is known is not nothing waits";
}

TEST_F(WaitingTest, ATornBookIsNoEmptyOne) {
  tear();
  EXPECT_EQ(outrider({"parked", "list"}), exit_unknown);
  EXPECT_NE(err_.str().find("cannot"), std::string::npos);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(outrider({"spool", "inspect"}), exit_unknown);
  EXPECT_NE(outrider({"spool", "fsck"}), exit_ok);
}

TEST_F(WaitingTest, ASoundBookIsSaidToBeSound) {
  park(5, "no");
  EXPECT_EQ(outrider({"spool", "fsck"}), exit_ok);
  EXPECT_NE(out_.str().find("✓ sound: "), std::string::npos) << out_.str();
  EXPECT_EQ(outrider({"spool", "fsck", "--output", "json"}), exit_ok);
  EXPECT_NE(out_.str().find(R"("sound":true)"), std::string::npos) << out_.str();
  EXPECT_EQ(outrider({"spool", "inspect"}), exit_ok);
  EXPECT_NE(out_.str().find("0 records wait"), std::string::npos) << out_.str();
}

TEST_F(WaitingTest, NothingIsReplayedOrDroppedByASlip) {
  EXPECT_EQ(outrider({"parked", "drop", "--reason", "x"}), exit_usage);
  EXPECT_NE(err_.str().find("name an ID, --sink NAME, or --all"), std::string::npos);
  EXPECT_EQ(outrider({"parked", "replay", "--all"}), exit_usage);
  EXPECT_NE(err_.str().find("without --reason"), std::string::npos);
  EXPECT_TRUE(agent_.asked.empty());
}

TEST_F(WaitingTest, TheAgentIsAskedForExactlyWhatWasNamed) {
  agent_.answers.emplace_back(net::Response{200, {}, R"({"done":"2 records are offered again"})"});
  EXPECT_EQ(outrider({"parked", "replay", "--sink", "file /a&b", "--reason", "mended"}), exit_ok);
  EXPECT_EQ(agent_.asked[0].url, "unix:/run/test.sock:/api/v1/parked/replay?sink=file%20%2Fa%26b&id=");
  EXPECT_EQ(agent_.asked[0].body, R"({"reason":"mended"})");
  EXPECT_NE(out_.str().find("2 records are offered again"), std::string::npos);
  agent_.answers.emplace_back(net::Response{409, {}, R"({"error":"cannot drop it","hint":"wait"})"});
  EXPECT_EQ(outrider({"parked", "drop", "abc", "--reason", "no use"}), exit_critical);
  EXPECT_EQ(outrider({"parked", "drop", "abc", "--reason", "no use"}), exit_unknown) << "nobody is running";
  EXPECT_NE(err_.str().find("cannot reach the agent"), std::string::npos);
}

TEST_F(WaitingTest, SetupOfElasticsearchSaysWhatItWouldDoAndWhyItCannot) {
  std::string asked;
  core::Outcome<std::string> told = std::string("PUT _index_template/logs\n");
  actions_.setup_elasticsearch = [&](const std::string& path, bool failure_store, bool apply) {
    asked = path + (failure_store ? " failure-store" : "") + (apply ? " apply" : "");
    return told;
  };
  EXPECT_EQ(outrider({"setup", "elasticsearch", "-c", "a.yaml"}), exit_ok);
  EXPECT_EQ(asked, "a.yaml");
  EXPECT_EQ(out_.str(), "PUT _index_template/logs\n");
  EXPECT_EQ(outrider({"setup", "elasticsearch", "-c", "a.yaml", "--apply", "--failure-store"}), exit_ok);
  EXPECT_EQ(asked, "a.yaml failure-store apply");
  told = core::fail(core::Errc::unavailable, "cannot reach es:9200");
  EXPECT_NE(outrider({"setup", "elasticsearch", "-c", "a.yaml", "--apply"}), exit_ok);
  EXPECT_NE(err_.str().find("cannot reach es:9200"), std::string::npos);
  told = core::fail(core::Errc::invalid, "a.yaml:3:1: unknown key");
  EXPECT_EQ(outrider({"setup", "elasticsearch", "-c", "a.yaml"}), exit_bad_config);
  EXPECT_EQ(outrider({"setup", "postgres", "--failure-store"}), exit_usage);
}
