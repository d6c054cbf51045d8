// Lines of one way to one sink that wait for what is decided of their trace, and can be read again: they lie
// in memory, and the place of what they were read from waits with them. Pure, but for the clock.
#pragma once

#include "agent/pipeline/follow/following.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {

class HeldLines {
 public:
  explicit HeldLines(Following& following) : following_(following) {}
  HeldLines(const HeldLines&) = delete;
  HeldLines& operator=(const HeldLines&) = delete;
  ~HeldLines();

  // `handed_bytes`: how much the sink has been handed so far. What it is handed from now on it is handed once
  // more when the agent is killed while these wait; it knows that by looking back, and not without end.
  void add(const telemetry::Batch& lines, core::Instant now, std::uint64_t handed_bytes);

  // Notes what is to become of lines of which it is known; whether there are any.
  bool judge();

  // The oldest, if it is known of all of them what becomes of them; or if they may not wait any longer.
  struct Out {
    telemetry::Batch onward;  // perhaps without a record
    Amount let_go;
  };
  std::optional<Out> take_judged();
  std::optional<Out> take_crowded(std::uint64_t handed_bytes);

  // The generation and the offset of the first of a stream's.
  using Place = std::pair<std::uint32_t, std::uint64_t>;
  std::optional<Place> first_of(const std::string& stream) const;

 private:
  struct Line {
    std::optional<tracing::TraceKey> trace;
    tracing::LineFate fate = tracing::LineFate::waits;
  };
  // What was read at once.
  struct Group {
    telemetry::Batch batch;
    core::Instant since;
    std::uint64_t handed_bytes;
    Place first;
    std::vector<Line> lines{};  // of each record
  };

  Out take_oldest();

  Following& following_;
  std::deque<Group> groups_;
  std::map<std::string, std::multiset<Place>> places_;  // of each stream's groups
};

}  // namespace outrider::pipeline
