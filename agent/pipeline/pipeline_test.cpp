#include "agent/pipeline/pipeline.hpp"

#include "agent/os/scratch.hpp"
#include "agent/pipeline/testing.hpp"

#include <deque>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::pipeline;
using namespace outrider::pipeline::testing;
using namespace std::chrono_literals;

namespace {

std::string one_file =
    "{read: [{child: all, format: text}], send_to: [{file: {path: /a.log, buffer: 64KiB}}]}";

std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST(Pipeline, CarriesTheChildsLinesToTheFileWithTheirOrigin) {
  House house(one_file);
  TestPipe child = house.start_child(4);
  child.write("hello\nworld\n");
  house.clock.advance(1s);
  const auto lines = house.lines("/a.log");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[1].find("\"message\":\"world\""), std::string::npos);
  EXPECT_NE(
      lines[1].find("\"service.name\":\"tests-api\",\"event.dataset\":\"tests-api\",\"stream\":\"stdout\","
                    "\"log.generation\":4,\"log.offset\":6"),
      std::string::npos)
      << lines[1];
  const auto& status = house.stream("file /a.log");
  EXPECT_EQ(status.read, 2u);
  EXPECT_EQ(status.delivered, 2u);
  EXPECT_EQ(status.in_flight, 0u);
  const std::string metrics = house.metrics();
  for (const char* line :
       {"outrider_ledger_records_total{fate=\"read\",sink=\"file /a.log\",source=\"child output\"} 2",
        "outrider_ledger_bytes_total{fate=\"delivered\",sink=\"file /a.log\",source=\"child output\"} 12",
        "outrider_ledger_dropped_records_total{reason=\"buffer_full\",sink=\"file /a.log\",source=\"child "
        "output\"} 0",
        "outrider_ledger_in_flight_records{sink=\"file /a.log\",source=\"child output\"} 0",
        "outrider_ledger_imbalance_records{sink=\"file /a.log\",source=\"child output\"} 0",
        "outrider_sink_stalled{sink=\"file /a.log\"} 0",
        "outrider_sink_errors_total{sink=\"file /a.log\"} 0"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;
  }
}

TEST(Pipeline, WhatAStepLeavesOutIsCountedByReasonAndIsNoLoss) {
  House house(
      "{read: [{child: all, format: text}], steps: [{drop: {message: noise}}], "
      "send_to: [{file: {path: /a.log}}]}");
  TestPipe child = house.start_child();
  child.write("one\nnoise\n");
  house.clock.advance(1s);
  EXPECT_EQ(house.lines("/a.log").size(), 1u);
  EXPECT_EQ(house.stream("file /a.log").read, 2u);
  EXPECT_EQ(house.stream("file /a.log").dropped, 0u);
  const std::string metrics = house.metrics();
  for (const char* line :
       {"outrider_ledger_dropped_records_total{reason=\"filtered\",sink=\"file /a.log\",source=\"child "
        "output\"} 1",
        "outrider_ledger_bytes_total{fate=\"dropped\",sink=\"file /a.log\",source=\"child output\"} 6",
        "outrider_ledger_imbalance_records{sink=\"file /a.log\",source=\"child output\"} 0"})
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;
}

TEST(Pipeline, AFullDiskLosesNothingUpToTheBoundAndGoesOnByItself) {
  House house(one_file);
  TestPipe child = house.start_child();
  child.write(numbered(0, 10));
  house.clock.advance(1s);
  house.files.faults.capacity_bytes = house.files.used_bytes();
  for (int i = 10; i < 50; ++i) {
    child.write(numbered(i, i + 1));
    house.clock.advance(100ms);
  }
  EXPECT_EQ(house.stream("file /a.log").in_flight, 40u);
  EXPECT_NE(house.stream("file /a.log").trouble.find("cannot"), std::string::npos);
  EXPECT_NE(house.metrics().find("outrider_sink_stalled{sink=\"file /a.log\"} 1"), std::string::npos);
  EXPECT_EQ(house.log.errors.size(), 1u) << "said once, however often it is tried";
  house.files.faults.capacity_bytes = 1u << 30;
  house.clock.advance(11s);
  EXPECT_EQ(house.lines("/a.log").size(), 50u);
  EXPECT_EQ(house.stream("file /a.log").trouble, "");
  EXPECT_EQ(house.stream("file /a.log").dropped, 0u);
  EXPECT_NE(house.metrics().find("outrider_sink_stalled{sink=\"file /a.log\"} 0"), std::string::npos);
}

TEST(Pipeline, BeyondTheBoundTheOldestGoAndAreCounted) {
  House house(one_file);
  TestPipe child = house.start_child();
  house.files.faults.capacity_bytes = 0;
  for (int i = 0; i < 3000; ++i) {
    child.write(numbered(i, i + 1));
    house.clock.settle();
  }
  house.clock.advance(1s);
  EXPECT_EQ(child.unread(), 0u) << "the child must never wait";
  const auto status = house.stream("file /a.log");
  EXPECT_EQ(status.read, 3000u);
  EXPECT_GT(status.dropped, 1000u);
  EXPECT_GT(status.in_flight, 10u);
  house.files.faults.capacity_bytes = 1u << 30;
  house.clock.advance(11s);
  const auto lines = house.lines("/a.log");
  EXPECT_EQ(lines.size(), status.in_flight);
  EXPECT_NE(lines.back().find("line 2999\""), std::string::npos) << "the newest are kept";
  const std::string counted =
      "outrider_ledger_dropped_records_total{reason=\"buffer_full\",sink=\"file /a.log\",source=\"child "
      "output\"} " +
      std::to_string(status.dropped);
  EXPECT_NE(house.metrics().find(counted), std::string::npos) << counted;
}

TEST(Pipeline, ADeadSinkNeverStopsAnother) {
  House house(
      "{read: [{child: output, format: text}], send_to: [{file: {path: /a.log}}, {file: {path: /full/b.log, "
      "buffer: 64KiB}}]}");
  // The second's directory cannot be made: a file stands in its way.
  ASSERT_TRUE(house.files.replace("/full", "not a directory"));
  TestPipe child = house.start_child();
  for (int i = 0; i < 2000; ++i) {
    child.write(numbered(i, i + 1));
    house.clock.settle();
  }
  house.clock.advance(1s);
  EXPECT_EQ(house.stream("file /a.log").delivered, 2000u);
  EXPECT_EQ(house.stream("file /a.log").dropped, 0u);
  EXPECT_EQ(house.stream("file /a.log").trouble, "");
  EXPECT_EQ(house.stream("file /full/b.log").delivered, 0u);
  EXPECT_NE(house.stream("file /full/b.log").trouble, "");
  EXPECT_GT(house.stream("file /full/b.log").dropped, 0u);
}

TEST(Pipeline, WhenItEndsTheChildsLastWordsAreDelivered) {
  House house(one_file);
  TestPipe child = house.start_child();
  child.write("said\nunfinish");
  house.clock.settle();
  child.write("ed");
  child.close();
  house.stop();
  const auto lines = house.lines("/a.log");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[1].find("\"message\":\"unfinished\""), std::string::npos);
  EXPECT_NE(lines[1].find("\"log.flags\":[\"unterminated\"]"), std::string::npos);
}

TEST(Pipeline, ADrainThatCannotSucceedEndsAtItsDeadlineAndSaysWhatWasLost) {
  House house(one_file);
  TestPipe child = house.start_child();
  house.files.faults.capacity_bytes = 0;
  child.write(numbered(0, 5));
  house.clock.advance(1s);
  const core::Instant before = house.clock.now();
  house.nursery->cancel();
  for (int i = 0; i < 20 && house.nursery->size() > 0; ++i) house.clock.advance(500ms);
  EXPECT_LE(house.clock.now() - before, 6s);
  EXPECT_EQ(house.stream("file /a.log").dropped, 5u);
  EXPECT_EQ(house.stream("file /a.log").in_flight, 0u);
  EXPECT_NE(house.metrics().find("reason=\"shutdown\",sink=\"file /a.log\",source=\"child output\"} 5"),
            std::string::npos);
}

TEST(Pipeline, OutputThatNobodyWantsIsReadAllTheSame) {
  House house("{read: [{child: errors}], send_to: [{file: {path: /a.log}}]}");
  EXPECT_TRUE(house.pipeline->reads_child());
  TestPipe child = house.start_child();
  child.write(std::string(1 << 20, 'x') + "\n");
  house.clock.advance(1s);
  EXPECT_EQ(child.unread(), 0u);
  EXPECT_TRUE(house.lines("/a.log").empty());
}

// Whatever the disk does and whenever it ends, the ledger sums to zero and every delivered line is in the
// file once, in order.
TEST(Pipeline, TheLedgerAlwaysSumsToZero) {
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  constexpr std::array syncs{"each_batch", "never", "2s"};
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto random = os::make_seeded_random(seed);
    const bool newest = random->below(2) == 0;
    House house(std::string("{read: [{child: output, format: text}], send_to: [{file: {path: /a.log, "
                            "keep: 1000, buffer: 64KiB, sync: ") +
                syncs[seed % 3] + ", rotate_at: " + (seed % 2 == 0 ? "20KiB" : "4KiB") +
                ", when_full: " + (newest ? "drop_newest" : "drop_oldest") + "}}]}");
    int written = 0;
    TestPipe child = house.start_child();
    for (int step = 0; step < 120; ++step) {
      switch (random->below(6)) {
        case 0: house.files.faults.capacity_bytes = house.files.used_bytes() + random->below(3000); break;
        case 1: house.files.faults.sync_fails = random->below(2) == 0; break;
        case 2: house.files.faults = {}; break;
        case 3:
          child.close();
          house.clock.settle();
          child = house.start_child(static_cast<std::uint32_t>(step));
          break;
        default: {
          const int more = static_cast<int>(random->below(200));
          child.write(numbered(written, written + more));
          written += more;
        }
      }
      house.clock.advance(core::Duration(static_cast<core::Duration::rep>(random->below(700'000'000))));
    }
    if (random->below(2) == 0) house.files.faults = {};
    child.close();
    house.stop();
    const auto status = house.stream("file /a.log");
    EXPECT_EQ(status.read, static_cast<std::uint64_t>(written)) << "seed " << seed;
    EXPECT_EQ(status.read, status.delivered + status.dropped + status.in_flight) << "seed " << seed;
    EXPECT_EQ(status.in_flight, 0u);
    delivered += status.delivered;
    dropped += status.dropped;
    EXPECT_EQ(std::count(house.log.errors.begin(), house.log.errors.end(), "The ledger does not sum to zero"),
              0);
    std::vector<int> found;
    for (int old = 1000; old >= 0; --old) {
      for (const auto& line : house.lines(old == 0 ? "/a.log" : "/a.log." + std::to_string(old))) {
        const std::size_t at = line.find("\"message\":\"line ");
        ASSERT_NE(at, std::string::npos) << line;
        found.push_back(std::stoi(line.substr(at + 16)));
      }
    }
    EXPECT_EQ(found.size(), status.delivered) << "seed " << seed;
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end())) << "seed " << seed;
    EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end()) << "twice, seed " << seed;
  }
  EXPECT_GT(delivered, 10'000u);
  EXPECT_GT(dropped, 1'000u);
}

TEST(Pipeline, WithASyncAtTimesALineCountsOnlyWhenItIsSafe) {
  House house("{read: [{child: all, format: text}], send_to: [{file: {path: /a.log, sync: 5s}}]}");
  TestPipe child = house.start_child();
  child.write(numbered(0, 10));
  house.clock.advance(2s);
  EXPECT_EQ(house.lines("/a.log").size(), 10u) << "everybody may read it already";
  EXPECT_EQ(house.stream("file /a.log").delivered, 0u);
  EXPECT_EQ(house.stream("file /a.log").in_flight, 10u);
  house.files.faults.sync_fails = true;
  house.clock.advance(5s);
  EXPECT_EQ(house.stream("file /a.log").delivered, 0u);
  EXPECT_EQ(house.stream("file /a.log").in_flight, 10u);
  EXPECT_NE(house.stream("file /a.log").trouble, "");
  house.files.faults.sync_fails = false;
  house.clock.advance(20s);
  EXPECT_EQ(house.stream("file /a.log").delivered, 10u);
  EXPECT_EQ(house.stream("file /a.log").trouble, "");
  EXPECT_EQ(house.lines("/a.log").size(), 10u) << "once each";
}

TEST(Pipeline, WhatIsNotSafeYetIsMadeSafeEarlyBeforeItFillsTheBound) {
  House house(
      "{read: [{child: all, format: text}], send_to: [{file: {path: /a.log, sync: 1h, buffer: 64KiB}}]}");
  TestPipe child = house.start_child();
  for (int i = 0; i < 100; ++i) {
    child.write(numbered(i * 20, i * 20 + 20));
    house.clock.advance(1s);
  }
  EXPECT_EQ(house.stream("file /a.log").dropped, 0u);
  EXPECT_GT(house.files.syncs(), 2u);
  house.stop();
  EXPECT_EQ(house.stream("file /a.log").delivered, 2'000u);
}

TEST(Pipeline, LinesThatBelongTogetherAreOneRecordInTheLedgerToo) {
  House house("{read: [{child: all, format: text, multiline: java}], send_to: [{file: {path: /a.log}}]}");
  TestPipe child = house.start_child();
  child.write("boom\n\tat a.B.c(B.java:1)\n");
  house.clock.settle();
  EXPECT_EQ(house.lines("/a.log").size(), 0u) << "more may follow";
  house.clock.advance(3s);
  const auto lines = house.lines("/a.log");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("\"message\":\"boom\\n\\tat a.B.c(B.java:1)\""), std::string::npos) << lines[0];
  EXPECT_EQ(house.stream("file /a.log").read, 1u);
  EXPECT_NE(
      house.metrics().find(
          "outrider_ledger_bytes_total{fate=\"delivered\",sink=\"file /a.log\",source=\"child output\"} 25"),
      std::string::npos)
      << house.metrics();
  child.write("last words\n");
  house.stop();
  EXPECT_EQ(house.lines("/a.log").size(), 2u) << "what waits when it ends is not lost";
  EXPECT_TRUE(house.log.errors.empty()) << "the ledger sums up all the while";
}

TEST(Pipeline, WhatWaitsForItsRestIsNotPassedByTheNextAgent) {
  const os::Scratch folder;
  auto book = durable::open_book(folder / "book");
  ASSERT_TRUE(book) << book.error().what;
  House house("{read: [{child: all, format: text, multiline: java}], send_to: [{file: {path: /a.log}}]}", {},
              std::move(*book));
  const auto place = [&house](std::uint64_t key) { return place_of(*house.book, key).value_or(99); };
  TestPipe first = house.start_child(1, 11);
  first.write("before\nboom\n\tat a.B.c(B.java:1)\n");
  house.clock.advance(100ms);
  EXPECT_EQ(place(11), 7u) << "more of the second may follow";
  TestPipe second = house.start_child(2, 22);
  second.write("again\n");
  first.close();
  house.clock.advance(10s);
  EXPECT_EQ(place(11), 32u) << "also where it came with the time, and another start had begun";
  EXPECT_EQ(place(22), 6u);
  EXPECT_EQ(house.lines("/a.log").size(), 3u);
}

TEST(Pipeline, ASecretNeverReachesASink) {
  House house(
      "{read: [{child: all, format: json}], redact: [email, {field: password}], send_to: [{file: {path: "
      "/a.log}}]}");
  TestPipe child = house.start_child();
  child.write("{\"msg\":\"bob@example.com\",\"password\":\"hunter2\"}\nno JSON, password=hunter2\n");
  house.clock.advance(1s);
  const auto text = house.files.read_all("/a.log", 1u << 20);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->find("hunter2"), std::string::npos) << *text;
  EXPECT_EQ(text->find("bob@"), std::string::npos) << *text;
  EXPECT_NE(house.metrics().find("outrider_redacted_total{kind=\"field\"} 2"), std::string::npos);
}
