// For this entry's tests: lanes and a notebook that remember what had been saved when a life ended.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/sources/replay.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace outrider::sources::file_tail::testing {

// What a power cut would leave.
struct Saved {
  std::map<std::string, std::string> notes;
  std::map<std::string, std::map<std::string, std::uint64_t>> settled;  // by sink and part
};

class TestNotebook final : public Notebook {
 public:
  explicit TestNotebook(Saved& store) : store_(store) {}
  std::map<std::string, std::string> notes() const override { return store_.notes; }
  void note(const std::string& key, std::string text) override { store_.notes[key] = std::move(text); }
  void forget(const std::string& key) override { store_.notes.erase(key); }

 private:
  Saved& store_;
};

struct Arrived {
  std::string id, text, stream;
  std::uint32_t generation = 0;
  std::uint8_t marks = 0;
};

class TestLane final : public Lane {
 public:
  TestLane(const async::Executor& river, std::string sink, Saved& store)
      : opened_(river), sink_(std::move(sink)), store_(store) {}

  bool blocked = false;  // the sink has enough to do
  bool settles = true;   // what arrives is safe at once
  std::size_t forgotten = 0;
  std::vector<Arrived> arrived;

  const std::string& sink() const override { return sink_; }
  core::Task<bool> room() override {
    while (blocked) co_await opened_.wait();
    may_take_ = true;
    co_return true;
  }
  void take(telemetry::Batch batch, Place place) override {
    EXPECT_TRUE(std::exchange(may_take_, false)) << "room() comes before take()";
    std::uint64_t at = place.from;
    for (const telemetry::Record& record : batch.records) {
      EXPECT_EQ(record.origin.offset, at);
      EXPECT_EQ(record.origin.generation, place.generation);
      at += record.bytes;
      Arrived one{{}, std::string(record.text), batch.stream, place.generation, record.marks};
      telemetry::append_document_id(one.id, record.origin);
      arrived.push_back(std::move(one));
    }
    EXPECT_EQ(at, place.to);
    unsettled_.emplace_back(place.part, place.to);
    if (settles) settle();
  }
  std::uint64_t settled(const std::string& part) const override {
    const auto lane = store_.settled.find(sink_);
    if (lane == store_.settled.end()) return 0;
    const auto found = lane->second.find(part);
    return found == lane->second.end() ? 0 : found->second;
  }
  void when_settled(std::function<void()> listener) override { listener_ = std::move(listener); }
  void forget(const std::string& part) override {
    ++forgotten;
    store_.settled[sink_].erase(part);
  }

  void settle(std::size_t most = 1'000'000) {
    for (; most > 0 && !unsettled_.empty(); --most) {
      store_.settled[sink_][unsettled_.front().first] = unsettled_.front().second;
      unsettled_.erase(unsettled_.begin());
    }
    if (listener_) listener_();
  }
  void unblock() {
    blocked = false;
    opened_.ring();
  }

 private:
  async::Bell opened_;
  std::string sink_;
  Saved& store_;
  bool may_take_ = false;
  std::vector<std::pair<std::string, std::uint64_t>> unsettled_;
  std::function<void()> listener_;
};

}  // namespace outrider::sources::file_tail::testing
