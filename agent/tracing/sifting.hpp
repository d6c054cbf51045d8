// Of spans that were judged: what goes on. A kept trace goes on whole until it is too large; then only what
// matters most of it does: where it was entered, what failed, and its slowest spans.
#pragma once

#include "agent/telemetry/otlp/spans.hpp"
#include "agent/tracing/sampler.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace outrider::tracing {

// Traces of a request that have not been judged yet are added, each once.
void add_undecided(const Sampler& sampler, std::string_view request, std::vector<TraceKey>& to);

// One delivery's worth. It may be done again from the beginning: nothing counts before done().
class Sifting {
 public:
  Sifting(Sampler& sampler, core::Instant now) : sampler_(sampler), now_(now) {}

  // What goes on of a request, in portions that look into it or into what was made.
  core::Outcome<telemetry::otlp::Portions> sift(std::string_view request, std::size_t most_bytes);

  std::uint64_t thinned() const { return thinned_; }  // spans of kept traces that were too large

  // It is safe where it went to.
  void done();

 private:
  struct Passing {
    bool keep;
    std::uint64_t before, now = 0;  // bytes
  };

  bool goes_on(std::string_view bytes);
  bool fits(TraceKey trace, std::string_view bytes, std::uint64_t passed) const;

  Sampler& sampler_;
  core::Instant now_;
  boost::unordered_flat_map<TraceKey, Passing, TraceHash> passing_;
  std::uint64_t thinned_ = 0;
};

}  // namespace outrider::tracing
