// What the room's tests write down, and read.
#pragma once

#include "agent/core/event.hpp"
#include "agent/core/journal.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace outrider::supervise_testing {

struct Lines final : core::Journal {
  explicit Lines(bool shows_results = false) : shows_results(shows_results) {}
  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override {
    lines.push_back("intent " + deed.action);
    co_return lines.size();
  }
  core::Task<core::Outcome<>> conclude(std::uint64_t, bool succeeded, std::string result) override {
    lines.push_back((succeeded ? "done" : "failed") + (shows_results ? ": " + result : ""));
    co_return core::Outcome<>();
  }
  bool shows_results;
  std::vector<std::string> lines;
};

struct Sentences final : core::EventSink {
  void record(core::EventKind, std::string, std::string sentence) override {
    text += sentence + "\n";
    all.push_back(std::move(sentence));
  }
  auto count(const std::string& part) const {
    return std::ranges::count_if(all, [&](const std::string& one) { return one.find(part) != one.npos; });
  }
  std::vector<std::string> all;
  std::string text;
};

}  // namespace outrider::supervise_testing
