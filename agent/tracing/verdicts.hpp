// What was decided of traces, remembered for spans that come late: the youngest so many, in no more memory
// than that. How much of a kept one has gone on is counted, too.
#pragma once

#include "agent/tracing/trace_key.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace outrider::tracing {

class Verdicts {
 public:
  explicit Verdicts(std::size_t most) : most_(most) {}

  struct Verdict {
    bool keep = false;
    std::uint64_t passed_bytes = 0;  // of a kept one
  };
  std::optional<Verdict> find(TraceKey trace) const;

  void decide(TraceKey trace, bool keep);
  void passed(TraceKey trace, std::uint64_t bytes);

  // What was decided since the last time, to be written down; and the same read again.
  std::string take_news();
  bool has_news() const { return !news_.empty(); }
  void recall(std::string_view news);
  static std::size_t count_of(std::string_view news) { return news.size() / sizeof(std::uint64_t); }

  std::size_t size() const { return newer_.size() + older_.size(); }

 private:
  struct AsItIs {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  // By the hash of a trace without its last bit: 0 was let go, else one more than the bytes that went on.
  using Table = boost::unordered_flat_map<std::uint64_t, std::uint32_t, AsItIs>;

  void remember(std::uint64_t hash, bool keep);

  std::size_t most_;
  Table newer_, older_;              // when the newer is half of all, the older goes
  std::vector<std::uint64_t> news_;  // with the last bit saying whether it was kept
};

}  // namespace outrider::tracing
