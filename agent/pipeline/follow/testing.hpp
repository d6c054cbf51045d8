// For tests: traces that are judged as the test says, and a disk for it that can be full and forgets what was
// not written.
#pragma once

#include "agent/pipeline/follow/judged_traces.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace outrider::pipeline::follow_testing {

class ToldTraces final : public JudgedTraces {
 public:
  void judge_due() override {}
  std::optional<bool> decided(tracing::TraceKey trace) const override {
    for (const auto* const some : {&news, &written}) {
      if (const auto found = some->find(trace.low); found != some->end()) return found->second;
    }
    return std::nullopt;
  }
  bool all_on_disk() const override { return news.empty(); }
  core::Task<core::Outcome<>> write_down() override {
    if (full) co_return core::fail(core::Errc::exhausted, "the disk is full");
    written.merge(news);
    news.clear();
    co_return core::Outcome<>();
  }

  // Once and for all, but for a crash before it is written.
  void judge(std::uint64_t trace, bool keep) {
    if (!written.contains(trace)) news.try_emplace(trace, keep);
  }

  std::map<std::uint64_t, bool> news, written;  // by the number of the trace: whether it is kept
  bool full = false;
};

// A line of a logger. Trace 0: it names none.
inline std::string line(std::string_view level, std::uint64_t trace, std::uint64_t number) {
  const std::string id = trace == 0 ? "" : fmt::format(R"(,"trace_id":"0af7651916cd43dd{:016x}")", trace);
  return fmt::format(R"({{"level":"{}"{},"msg":"line {}"}})", level, id, number);
}

}  // namespace outrider::pipeline::follow_testing
