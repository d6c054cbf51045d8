// Which traces are worth keeping. A trace is judged as a whole, by what its spans have shown together: the
// first rule that fits decides. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/otlp/span_view.hpp"
#include "agent/tracing/trace_key.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::tracing {

// One of the values is enough. Of a span or of what it ran in.
struct AttributeMatch {
  std::string key;
  std::vector<std::string> values;
};

// All that it says must be so.
struct Rule {
  std::string name;
  bool errors = false;                     // a span has failed
  core::Duration slower_than{};            // from the first beginning to the last end; zero: however long
  std::vector<AttributeMatch> attributes;  // each somewhere in the trace
  std::vector<std::string> services;       // one of them took part; none: whichever
  double share = 1;                        // of those that fit, by their ids
  double at_most_per_second = 0;           // zero: as many as come
};

// What the spans of a trace have shown: a bit for each thing that a rule asks about.
using Marks = std::uint64_t;
inline constexpr std::size_t most_questions = 63;
// How many bits the rules need beside the one for errors.
std::size_t questions_of(const std::vector<Rule>& rules);

struct Judgement {
  bool keep = false;
  const Rule* by = nullptr;  // null: no rule fits
};

class Rulebook {
 public:
  // Those that drop are asked first. No more than `most_questions`.
  Rulebook(std::vector<Rule> drop, std::vector<Rule> keep);

  Marks marks_of_resource(std::string_view resource) const;
  Marks marks_of(const telemetry::otlp::SpanView& span) const;

  // Takes one of what a rule allows a second.
  Judgement judge(TraceKey trace, Marks marks, core::Duration took, core::Instant now);

 private:
  struct Question {
    Marks bit;
    const AttributeMatch* attribute;           // or null: which service
    const std::vector<std::string>* services;  // or null
  };
  struct Case {
    const Rule* rule;
    bool keep;
    Marks needed = 0;
    double left;  // of this second's
    core::Instant at{};
  };

  void add(const Rule& rule, bool keep);
  static bool allows_one(Case& of, core::Instant now);

  std::vector<Rule> drop_, keep_;
  std::vector<Question> questions_;
  std::vector<Case> cases_;
};

}  // namespace outrider::tracing
