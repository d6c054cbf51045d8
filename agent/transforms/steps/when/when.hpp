// Which records are meant:
//   level: debug           level: [trace, debug]       below: warn        at_least: warn
//   message: '^GET /healthz'
//   fields: {http.path: /healthz, http.method: [GET, HEAD], user_agent: {matches: '^kube-probe/'}}
// All that is written must hold; of a list of such conditions, one. Three values: of a record without a
// level, and of the fields of a line that could not be read, nothing is known.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/lines/pattern.hpp"
#include "agent/transforms/shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outrider::transforms::steps {

enum class Match : std::uint8_t { no, unknown, yes };

// Some of the severities, as bits.
using Levels = std::uint8_t;
inline constexpr Levels any_level = 0xFF;
Levels levels_below(telemetry::Severity severity);
Match match_level(const Event& event, Levels levels);

struct FieldTest {
  std::string name;
  std::vector<std::string> any_of;                // it is one of them, or,
  std::shared_ptr<const lines::Pattern> pattern;  // where this is set, it matches
};

struct Condition {
  Levels levels = any_level;
  std::shared_ptr<const lines::Pattern> message;  // may be null
  std::vector<FieldTest> fields;
};

class When {
 public:
  When() = default;
  explicit When(std::vector<Condition> any) : any_(std::move(any)) {}

  Match match(const Event& event);

 private:
  Match match(const Event& event, const Condition& condition);

  std::vector<Condition> any_;
  std::string buffer_;
};

config::Kind<When> when_kind();
config::Kind<telemetry::Severity> severity_kind();

// `below: warn`, or `below: all`: which records may be given up to spare the rest. A record without a level
// is not known to be below any.
inline constexpr Levels below_warn = (1u << static_cast<unsigned>(telemetry::Severity::warn)) - 1;
config::Kind<Levels> below_kind();

// The step, for records that match; the others go on as they are.
StepMaker only_when(When when, StepMaker make);

}  // namespace outrider::transforms::steps
