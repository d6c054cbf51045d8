// For this entry's tests: a journal in memory that can be vacuumed, damaged and closed, a lane, and lives of
// the source that begin with what the one before had saved.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/sources/journald/journald.hpp"
#include "agent/telemetry/envelope.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::sources::journald::testing {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string hexadecimal(std::uint64_t number) {
  std::string text;
  for (; number > 0; number /= 16) text.insert(text.begin(), "0123456789abcdef"[number % 16]);
  return text;
}

struct TestEntry {
  std::uint64_t order = 0;
  std::string sequence;
  std::uint64_t number = 0;
  Fields fields;
  bool meant = true;
  bool corrupt = false;

  std::string cursor() const {
    return "s=" + sequence + ";i=" + hexadecimal(number) + ";b=1;x=" + std::to_string(order);
  }
};

// What lies on the disk.
struct Disk {
  std::vector<TestEntry> entries;
  std::vector<BadFile> bad;
  std::uint64_t orders = 0;
  std::uint64_t number = 0;
  std::string sequence = "aaaa";
  std::optional<core::Error> trouble;
  std::size_t openings = 0;
  int failing_steps = 0;  // though it opens

  TestEntry& write(std::string message, Fields more = {}) {
    more.insert(more.begin(), {"MESSAGE", std::move(message)});
    entries.push_back({++orders, sequence, ++number, std::move(more)});
    return entries.back();
  }
  void vacuum(std::size_t count) {
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count));
  }
};

class TestJournal final : public Journal {
 public:
  explicit TestJournal(Disk& disk) : disk_(disk) {}

  core::Outcome<> seek_beginning() override {
    at_ = 0;
    return {};
  }
  core::Outcome<> seek_boot() override { return seek_beginning(); }
  core::Outcome<Found> seek_after(const std::string& cursor) override {
    Found found;
    const auto place = std::stoull(cursor.substr(cursor.rfind('=') + 1));
    at_ = place;
    for (const TestEntry& entry : disk_.entries) {
      if (entry.order < place) continue;
      found.there = entry.order == place;
      found.next = entry.cursor();
      break;
    }
    return found;
  }
  core::Outcome<std::string> last() override {
    return disk_.entries.empty() ? std::string() : disk_.entries.back().cursor();
  }
  core::Outcome<bool> next() override {
    if (disk_.trouble) return core::fail(*disk_.trouble);
    if (disk_.failing_steps > 0) {
      --disk_.failing_steps;
      return core::fail(core::Errc::unavailable, "cannot read the journal: Input/output error");
    }
    const auto next = std::ranges::find_if(
        disk_.entries, [this](const TestEntry& entry) { return entry.order > at_ && entry.meant; });
    if (next == disk_.entries.end()) return false;
    entry_ = *next;
    at_ = entry_.order;
    return true;
  }
  core::Outcome<std::string> cursor() override { return entry_.cursor(); }
  core::Outcome<std::uint64_t> received_microseconds() override {
    return 1'795'260'363'000'000 + entry_.order;
  }
  core::Outcome<> fields(const TakeField& take) override {
    if (entry_.corrupt)
      return core::fail(core::Errc::corrupt, "cannot read an entry of the journal: Bad message");
    for (const auto& [name, value] : entry_.fields) take(name, value);
    return {};
  }
  int news() const override { return -1; }
  void take_in_news() override {}

 private:
  Disk& disk_;
  std::uint64_t at_ = 0;
  TestEntry entry_;
};

class TestJournals final : public Journals {
 public:
  explicit TestJournals(Disk& disk) : disk_(disk) {}
  core::Outcome<std::unique_ptr<Journal>> open(const Settings&) override {
    if (disk_.trouble) return core::fail(*disk_.trouble);
    ++disk_.openings;
    return std::make_unique<TestJournal>(disk_);
  }
  std::vector<BadFile> bad_files(const Settings&) override { return disk_.bad; }

 private:
  Disk& disk_;
};

// What a power cut would leave.
struct Saved {
  std::map<std::string, std::string> notes;
  std::map<std::string, std::uint64_t> settled;
};

class TestNotebook final : public Notebook {
 public:
  explicit TestNotebook(Saved& saved) : saved_(saved) {}
  std::map<std::string, std::string> notes() const override { return saved_.notes; }
  void note(const std::string& key, std::string text) override { saved_.notes[key] = std::move(text); }
  void forget(const std::string& key) override { saved_.notes.erase(key); }

 private:
  Saved& saved_;
};

struct Arrived {
  std::string id, text, fields;
};

class TestLane final : public Lane {
 public:
  TestLane(const async::Executor& river, Saved& saved) : opened_(river), saved_(saved) {}

  bool blocked = false;
  bool settles = true;
  std::vector<Arrived> arrived;

  const std::string& sink() const override { return sink_; }
  core::Task<bool> room() override {
    while (blocked) co_await opened_.wait();
    may_take_ = true;
    co_return true;
  }
  void take(telemetry::Batch batch, Place place) override {
    EXPECT_TRUE(std::exchange(may_take_, false)) << "room() comes before take()";
    for (const telemetry::Record& record : batch.records) {
      EXPECT_GE(record.origin.offset, place.from);
      EXPECT_LT(record.origin.offset, place.to);
      const auto envelope = telemetry::open_envelope(record.text);
      EXPECT_TRUE(envelope) << record.text;
      Arrived one{{}, std::string(envelope->text), std::string(envelope->fields)};
      telemetry::append_document_id(one.id, record.origin);
      arrived.push_back(std::move(one));
    }
    unsettled_.emplace_back(place.part, place.to);
    if (settles) settle();
  }
  std::uint64_t settled(const std::string& part) const override {
    const auto found = saved_.settled.find(part);
    return found == saved_.settled.end() ? 0 : found->second;
  }
  void when_settled(std::function<void()> listener) override { listener_ = std::move(listener); }
  void forget(const std::string& part) override { saved_.settled.erase(part); }

  void settle(std::size_t most = 1'000'000) {
    for (; most > 0 && !unsettled_.empty(); --most) {
      std::uint64_t& now = saved_.settled[unsettled_.front().first];
      now = std::max(now, unsettled_.front().second);
      unsettled_.erase(unsettled_.begin());
    }
    if (listener_) listener_();
  }
  // A part of the first batch: a line in it waits for its rest.
  void settle_to(const std::string& part, std::uint64_t place) {
    saved_.settled[part] = place;
    if (listener_) listener_();
  }
  void unblock() {
    blocked = false;
    opened_.ring();
  }

 private:
  async::Bell opened_;
  Saved& saved_;
  std::string sink_ = "sink";
  bool may_take_ = false;
  std::vector<std::pair<std::string, std::uint64_t>> unsettled_;
  std::function<void()> listener_;
};

class TestLog final : public core::Log {
 public:
  void write(core::Level, std::string_view, std::string_view what, std::span<const core::Field>) override {
    said.emplace_back(what);
  }
  std::vector<std::string> said;
};

// One life of the source: from its start to a stop, or a crash.
class Life {
 public:
  Life(Saved& saved, Disk& disk, Settings settings) : lane(loop.get_executor(), saved), notebook(saved) {
    source = make({clock, *random, *pool, log, client, registry, resource, "installation"},
                  std::move(settings), std::make_unique<TestJournals>(disk));
    nursery.start(source->run(notebook, {&lane}));
  }
  ~Life() { end_reading(); }

  // run() is over, and what the lane has taken may still settle.
  void end_reading() {
    nursery.cancel();
    for (int i = 0; i < 20 && nursery.size() > 0; ++i) clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(nursery.size(), 0u) << "the source did not end";
  }

  std::vector<std::string> texts(core::Duration after = std::chrono::seconds(2)) {
    clock.advance(after);
    std::vector<std::string> all;
    for (const Arrived& one : std::exchange(lane.arrived, {})) {
      all.push_back(one.text);
      ids.push_back(one.id);
    }
    return all;
  }
  bool says(const std::string& line) {
    const std::string all = ::prometheus::TextSerializer().Serialize(registry.Collect());
    return all.find(line) != std::string::npos;
  }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  TestLog log;
  net::NoClient client;
  ::prometheus::Registry registry;
  core::Resource resource;
  TestLane lane;
  TestNotebook notebook;
  std::unique_ptr<ReplaySource> source;
  std::vector<std::string> ids;
  async::Nursery nursery{loop.get_executor()};
};

}  // namespace outrider::sources::journald::testing
