#include "agent/pipeline/pipeline.hpp"

#include "agent/async/river.hpp"
#include "agent/config/load.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <algorithm>
#include <cstring>
#include <deque>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::pipeline;
using namespace std::chrono_literals;

namespace {

class QuietLog final : public core::Log {
 public:
  void write(core::Level level, std::string_view, std::string_view what,
             std::span<const core::Field>) override {
    if (level == core::Level::error) errors.emplace_back(what);
  }
  std::vector<std::string> errors;
};

class NoClient final : public net::Client {
 public:
  core::Task<core::Outcome<net::Response>> ask(net::Request, core::Duration) override {
    co_return core::fail(core::Errc::unavailable, "no network here");
  }
};

// The read end of a pipe whose writer is the test.
class TestPipe {
 public:
  explicit TestPipe(const async::Executor& carry) : state_(std::make_shared<State>(carry)) {}

  void write(std::string_view text) {
    state_->text += text;
    state_->news.ring();
  }
  void close() {
    state_->closed = true;
    state_->news.ring();
  }
  std::size_t unread() const { return state_->text.size(); }
  std::unique_ptr<os::ByteSource> reader() { return std::make_unique<Reader>(state_); }

 private:
  struct State {
    explicit State(const async::Executor& carry) : news(carry) {}
    std::string text;
    bool closed = false;
    async::Bell news;
  };
  class Reader final : public os::ByteSource {
   public:
    explicit Reader(std::shared_ptr<State> state) : state_(std::move(state)) {}
    core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
      while (state_->text.empty() && !state_->closed) co_await state_->news.wait();
      const std::size_t count = std::min(into.size(), state_->text.size());
      std::memcpy(into.data(), state_->text.data(), count);
      state_->text.erase(0, count);
      co_return count;
    }

   private:
    std::shared_ptr<State> state_;
  };
  std::shared_ptr<State> state_;
};

struct House {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  QuietLog log;
  NoClient client;
  os::SimFiles files;
  ::prometheus::Registry registry;
  Snapshot last;
  int published = 0;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<async::Nursery> nursery;

  explicit House(const std::string& yaml) {
    auto logs = config::load_text("test", yaml, logs_kind());
    EXPECT_TRUE(logs) << yaml;
    Settings settings;
    if (logs) settings.logs = *logs.value;
    const Pipeline::Tools tools{clock, *random, *pool, log, client, files, registry};
    core::Resource resource;
    resource.service = "tests-api";
    pipeline =
        std::make_unique<Pipeline>(loop.get_executor(), tools, resource, settings, [this](Snapshot snapshot) {
          last = std::move(snapshot);
          ++published;
        });
    nursery = std::make_unique<async::Nursery>(loop.get_executor());
    nursery->start(pipeline->run());
    clock.settle();
  }

  ~House() {
    stop();
    EXPECT_EQ(nursery->size(), 0u) << "the pipeline did not end";
  }

  void stop() {
    nursery->cancel();
    for (int i = 0; i < 20 && nursery->size() > 0; ++i) clock.advance(1s);
  }

  TestPipe start_child(std::uint32_t generation = 1) {
    TestPipe pipe(loop.get_executor());
    sources::ChildOutput child;
    child.generation = generation;
    child.output = pipe.reader();
    EXPECT_TRUE(pipeline->adopt(std::move(child)));
    clock.settle();
    return pipe;
  }

  std::vector<std::string> lines(const std::string& path) {
    const auto text = files.read_all(path, 1u << 30);
    std::vector<std::string> found;
    if (!text) return found;
    for (std::size_t at = 0; at < text->size();) {
      const std::size_t end = text->find('\n', at);
      found.push_back(text->substr(at, end - at));
      at = end + 1;
    }
    return found;
  }

  const core::StreamStatus& stream(std::string_view sink) {
    for (const auto& status : last.streams) {
      if (status.source == "child output" && status.sink == sink) return status;
    }
    ADD_FAILURE() << "no stream to " << sink;
    static const core::StreamStatus none;
    return none;
  }

  std::string metrics() { return ::prometheus::TextSerializer().Serialize(registry.Collect()); }
};

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
  EXPECT_NE(lines[1].find(
                "\"service.name\":\"tests-api\",\"stream\":\"stdout\",\"log.generation\":4,\"log.offset\":6"),
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
