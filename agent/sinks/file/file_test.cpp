#include "agent/sinks/file/file.hpp"

#include "agent/async/river.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/sinks/file/rotation.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

telemetry::BatchPointer batch_of(const std::vector<std::string>& texts) {
  auto batch = std::make_shared<telemetry::Batch>();
  telemetry::Shelter shelter;
  for (const auto& text : texts) {
    telemetry::Record record;
    record.text = shelter.keep(text, batch->chunks);
    record.bytes = text.size() + 1;
    batch->records.push_back(record);
  }
  return batch;
}

struct FileHouse {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::SimFiles files;
  os::CapturedLog log;
  ::prometheus::Registry registry;
  net::NoClient http;
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  sinks::Tools tools{clock, *pool, files, log, registry, http, *random};

  sinks::Receipt receipt;  // of the last delivery

  core::Outcome<> deliver(sinks::Sink& sink, const std::vector<std::string>& texts) {
    return deliver(sink, batch_of(texts));
  }
  core::Outcome<> deliver(sinks::Sink& sink, const telemetry::BatchPointer& batch) {
    const std::vector<telemetry::BatchPointer> batches{batch};
    core::Outcome<> outcome;
    receipt = {};
    auto work = [](sinks::Sink& to, const std::vector<telemetry::BatchPointer>& what, core::Outcome<>& result,
                   sinks::Receipt& got) -> core::Task<void> {
      const std::span<const telemetry::BatchPointer> view(what);
      const core::Outcome<sinks::Receipt> delivered = co_await to.deliver(view);
      if (!delivered) {
        result = core::fail(delivered.error());
        co_return;
      }
      got = *delivered;
    };
    async::run_on_loop(loop, work(sink, batches, outcome, receipt));
    return outcome;
  }
  core::Outcome<> settle(sinks::Sink& sink) {
    core::Outcome<> outcome;
    auto work = [](sinks::Sink& of, core::Outcome<>& result) -> core::Task<void> {
      result = co_await of.settle();
    };
    async::run_on_loop(loop, work(sink, outcome));
    return outcome;
  }
  std::string content(const std::string& path) {
    const auto text = files.read_all(path, 1 << 20);
    return text ? *text : "(" + text.error().what + ")";
  }
};

}  // namespace

namespace {

// Records that can be read again, numbered.
telemetry::BatchPointer read_from(std::uint32_t generation, std::uint64_t first, std::uint64_t last) {
  std::vector<std::string> texts;
  for (std::uint64_t at = first; at <= last; ++at)
    texts.push_back(R"({"message":"\"log.record.uid\":\"AAAA","n":)" + std::to_string(at) + "}");
  auto batch = std::make_shared<telemetry::Batch>(*batch_of(texts));
  for (std::uint64_t at = first; at <= last; ++at) {
    telemetry::Origin& origin = batch->records[at - first].origin;
    origin.stream = telemetry::stream_key("here", "/var/log/a.log", generation);
    origin.offset = at * 100;
  }
  return batch;
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST(FileSink, DoesNotWriteTwiceWhatIsReadAgainAfterACrash) {
  FileHouse house;
  sinks::file::Settings settings{"/logs/a.log", 1500, 3, sinks::file::Sync::each_batch, {}};
  {
    const auto sink = sinks::file::make(house.tools, settings);
    ASSERT_TRUE(house.deliver(*sink, read_from(1, 0, 19)));
    ASSERT_TRUE(house.deliver(*sink, read_from(2, 0, 4)));
  }
  const auto all = [&house] {
    std::string text;
    for (const char* name : {"/logs/a.log.2", "/logs/a.log.1", "/logs/a.log"}) text += house.content(name);
    return text;
  };
  const std::string before = all();
  ASSERT_EQ(count_lines(before), 25u) << "over three files";
  const auto again = sinks::file::make(house.tools, settings);
  ASSERT_TRUE(house.deliver(*again, read_from(1, 10, 19)));
  EXPECT_EQ(all(), before);
  ASSERT_EQ(house.receipt.duplicates.size(), 1u);
  EXPECT_EQ(house.receipt.duplicates[0].records, 10u);
  ASSERT_TRUE(house.deliver(*again, read_from(2, 3, 6)));
  EXPECT_EQ(house.receipt.duplicates[0].records, 2u) << "and two are new";
  EXPECT_EQ(count_lines(all()), 27u);
}

TEST(FileSink, KnowsWhatItHoldsAlsoBehindTheGapThatACutOffRotationLeft) {
  FileHouse house;
  sinks::file::Settings settings{"/logs/a.log", 900, 9, sinks::file::Sync::each_batch, {}};
  ASSERT_TRUE(house.deliver(*sinks::file::make(house.tools, settings), read_from(1, 0, 49)));
  ASSERT_TRUE(house.files.exists("/logs/a.log.3"));
  // Killed between two steps: a.log.1 is a.log.2 already, a.log not yet a.log.1.
  for (int number = 8; number > 0; --number) {
    const std::string from = "/logs/a.log." + std::to_string(number);
    if (!house.files.exists(from)) continue;
    ASSERT_TRUE(house.files.rename(from, "/logs/a.log." + std::to_string(number + 1)));
  }
  const auto again = sinks::file::make(house.tools, settings);
  ASSERT_TRUE(house.deliver(*again, read_from(1, 0, 50)));
  ASSERT_EQ(house.receipt.duplicates.size(), 1u);
  EXPECT_EQ(house.receipt.duplicates[0].records, 50u);
}

TEST(FileSink, ALineThatAKillToreIsTakenOutAndComesAgainWhole) {
  for (const std::size_t missing : {1u, 20u, 60u}) {
    FileHouse house;
    ASSERT_TRUE(house.deliver(*sinks::file::make(house.tools, {.path = "/logs/a.log"}), read_from(1, 0, 3)));
    const std::string whole = house.content("/logs/a.log");
    ASSERT_TRUE(house.files.truncate("/logs/a.log", whole.size() - missing));
    const auto again = sinks::file::make(house.tools, {.path = "/logs/a.log"});
    ASSERT_TRUE(house.deliver(*again, read_from(1, 0, 3)));
    EXPECT_EQ(house.content("/logs/a.log"), whole) << missing;
    EXPECT_EQ(house.receipt.duplicates.at(0).records, 3u);
    EXPECT_EQ(house.log.count(core::Level::warn), 1u);
  }
}

TEST(FileSink, ATornFirstLineOfAFileIsTakenOutWhenTheRotatedOnesAreOurs) {
  FileHouse house;
  const sinks::file::Settings settings{.path = "/logs/a.log", .rotate_at = 200};
  ASSERT_TRUE(house.deliver(*sinks::file::make(house.tools, settings), read_from(1, 0, 3)));
  const std::string whole = house.content("/logs/a.log");
  ASSERT_EQ(count_lines(whole), 2u);
  ASSERT_TRUE(house.files.truncate("/logs/a.log", 30));
  ASSERT_TRUE(house.deliver(*sinks::file::make(house.tools, settings), read_from(1, 0, 3)));
  EXPECT_EQ(house.content("/logs/a.log"), whole);
}

TEST(FileSink, ForgetsWhatItHeldOnlyWhenNothingHasComeAgainForLong) {
  FileHouse house;
  const sinks::file::Settings settings{.path = "/logs/a.log", .rotate_at = 1 << 30};
  ASSERT_TRUE(house.deliver(*sinks::file::make(house.tools, settings), read_from(1, 0, 9)));
  const auto again = sinks::file::make(house.tools, settings);
  ASSERT_TRUE(house.deliver(*again, read_from(2, 1, 200'001)));
  ASSERT_TRUE(house.deliver(*again, read_from(1, 0, 4))) << "a source that begins late";
  EXPECT_EQ(house.receipt.duplicates.at(0).records, 5u);
}

TEST(FileSink, WritesALineARecordAndSyncsEachBatch) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/logs/deep/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"{\"a\":1}", "{\"a\":2}"}));
  EXPECT_EQ(house.content("/logs/deep/x.log"), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(house.files.syncs(), 1u);
  EXPECT_FALSE(sink->due());
}

TEST(FileSink, RotatesBeforeItGrowsBeyondItsBoundAndKeepsSoMany) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log", .rotate_at = 10, .keep = 2});
  for (const char* text : {"aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg"}) {
    ASSERT_TRUE(house.deliver(*sink, {text}));
  }
  EXPECT_EQ(house.content("/x.log"), "gggg\n");
  EXPECT_EQ(house.content("/x.log.1"), "eeee\nffff\n");
  EXPECT_EQ(house.content("/x.log.2"), "cccc\ndddd\n");
  EXPECT_FALSE(house.files.exists("/x.log.3"));
}

TEST(FileSink, ARotationThatWasCutOffIsCompletedAndLosesNothing) {
  os::SimFiles files;
  // x.log.1 was renamed to x.log.2 already, x.log not yet.
  ASSERT_TRUE(files.replace("/x.log", "new"));
  ASSERT_TRUE(files.replace("/x.log.2", "old"));
  ASSERT_TRUE(files.replace("/x.log.3", "older"));
  ASSERT_TRUE(sinks::file::rotate(files, "/x.log", 3));
  EXPECT_EQ(*files.read_all("/x.log.1", 100), "new");
  EXPECT_EQ(*files.read_all("/x.log.2", 100), "old");
  EXPECT_EQ(*files.read_all("/x.log.3", 100), "older");
}

TEST(FileSink, AFullDiskTearsNoLineAndItGoesOnWhenThereIsRoom) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  house.files.faults.capacity_bytes = 8;
  const auto full = house.deliver(*sink, {"second", "third"});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, core::Errc::exhausted);
  EXPECT_EQ(house.content("/x.log"), "first\n");
  house.files.faults.capacity_bytes = 1000;
  ASSERT_TRUE(house.deliver(*sink, {"second", "third"}));
  EXPECT_EQ(house.content("/x.log"), "first\nsecond\nthird\n");
}

TEST(FileSink, AFailedSyncLeavesNothingThatWouldBeWrittenTwice) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  house.files.faults.sync_fails = true;
  EXPECT_FALSE(house.deliver(*sink, {"second"}));
  EXPECT_EQ(house.content("/x.log"), "first\n");
  house.files.faults.sync_fails = false;
  ASSERT_TRUE(house.deliver(*sink, {"second"}));
  EXPECT_EQ(house.content("/x.log"), "first\nsecond\n");
}

TEST(FileSink, AFileThatWasMovedAwayIsBegunAnew) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  ASSERT_TRUE(house.files.rename("/x.log", "/moved.log"));
  ASSERT_TRUE(house.deliver(*sink, {"second"}));
  EXPECT_EQ(house.content("/x.log"), "second\n");
}

TEST(FileSink, SyncsEverySoOftenWhenToldTo) {
  FileHouse house;
  const auto sink = sinks::file::make(
      house.tools, {.path = "/x.log", .sync = sinks::file::Sync::at_times, .sync_every = 5s});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  EXPECT_EQ(house.files.syncs(), 0u);
  ASSERT_TRUE(sink->due());
  EXPECT_EQ(*sink->due(), house.clock.now() + 5s);
  EXPECT_TRUE(house.settle(*sink));
  EXPECT_EQ(house.files.syncs(), 1u);
  EXPECT_FALSE(sink->due());
}

TEST(FileSink, RotatesWithinABatchAtTheEndOfALine) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log", .rotate_at = 10, .keep = 9});
  ASSERT_TRUE(house.deliver(*sink, {"aaaa", "bbbb", "cccc", "d", "eeee", "longer than a whole file", "f"}));
  EXPECT_EQ(house.content("/x.log.4"), "aaaa\nbbbb\n");
  EXPECT_EQ(house.content("/x.log.3"), "cccc\nd\n");
  EXPECT_EQ(house.content("/x.log.2"), "eeee\n");
  EXPECT_EQ(house.content("/x.log.1"), "longer than a whole file\n") << "a file of its own";
  EXPECT_EQ(house.content("/x.log"), "f\n");
}

TEST(FileSink, WhatWasRotatedAwayIsNotWrittenAgainWhenTheRestOfItsBatchFailed) {
  for (const auto sync : {sinks::file::Sync::each_batch, sinks::file::Sync::never}) {
    FileHouse house;
    const auto sink = sinks::file::make(house.tools, {.path = "/x.log", .rotate_at = 10, .sync = sync});
    const auto batch = batch_of({"aaaa", "bbbb", "cccc", "dddd", "eeee"});
    house.files.faults.capacity_bytes = 12;
    for (int attempt = 0; attempt < 3; ++attempt) EXPECT_FALSE(house.deliver(*sink, batch));
    EXPECT_EQ(house.content("/x.log.1"), "aaaa\nbbbb\n");
    EXPECT_EQ(house.content("/x.log"), "");
    house.files.faults.capacity_bytes = 1000;
    EXPECT_TRUE(house.deliver(*sink, batch));
    EXPECT_EQ(house.content("/x.log.2"), "aaaa\nbbbb\n");
    EXPECT_EQ(house.content("/x.log.1"), "cccc\ndddd\n");
    EXPECT_EQ(house.content("/x.log"), "eeee\n");
  }
}

TEST(FileSink, WhatASyncAtTimesCouldNotMakeSafeIsTakenOutAndWrittenAnew) {
  FileHouse house;
  const auto sink = sinks::file::make(
      house.tools,
      {.path = "/x.log", .rotate_at = 10, .sync = sinks::file::Sync::at_times, .sync_every = 5s});
  const auto first = batch_of({"aaaa", "bbbb", "cccc"});
  const auto second = batch_of({"d"});
  ASSERT_TRUE(house.deliver(*sink, first)) << "its beginning is in the rotated file, and safe there";
  ASSERT_TRUE(house.deliver(*sink, second));
  house.files.faults.sync_fails = true;
  EXPECT_FALSE(house.settle(*sink));
  EXPECT_FALSE(sink->due()) << "nothing is left that could be made safe";
  EXPECT_EQ(house.content("/x.log"), "");
  house.files.faults.sync_fails = false;
  ASSERT_TRUE(house.deliver(*sink, first));
  ASSERT_TRUE(house.deliver(*sink, second));
  EXPECT_TRUE(house.settle(*sink));
  EXPECT_EQ(house.content("/x.log.1"), "aaaa\nbbbb\n");
  EXPECT_EQ(house.content("/x.log"), "cccc\nd\n");
}

TEST(FileSink, ALastLineThatAnotherLeftUnfinishedIsEndedSoThatOursStandsAlone) {
  FileHouse house;
  ASSERT_TRUE(house.files.replace("/x.log", "{\"a\":1}\n{\"a\":"));
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"{\"a\":3}"}));
  EXPECT_EQ(house.content("/x.log"), "{\"a\":1}\n{\"a\":\n{\"a\":3}\n");
  const std::string metrics = ::prometheus::TextSerializer().Serialize(house.registry.Collect());
  EXPECT_NE(metrics.find("outrider_file_torn_lines_total{sink=\"file /x.log\"} 1"), std::string::npos);
  EXPECT_EQ(house.log.count(core::Level::warn), 1u);
}
