// The keys that every notifier has. What an entry reads derives from Usual:
//   struct Written : Usual { … };
//   config::Object<Written> object; usual(object); … ; return to_plan("slack", written, make);
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/notifiers/shelf.hpp"

#include <string>

namespace outrider::notifiers {

struct Usual {
  std::string name;
  core::Severity at_least = core::Severity::warning;
  bool resolved = true;
  core::Duration timeout = std::chrono::seconds(10);
};

config::Kind<core::Severity> severity_kind();

template <class Written>
void usual(config::Object<Written>& object) {
  using namespace std::chrono_literals;
  object
      .optional("name", static_cast<std::string Written::*>(&Usual::name), config::text_matching(1, 64),
                "what it is called here; its kind when left out")
      .optional("at_least", static_cast<core::Severity Written::*>(&Usual::at_least), severity_kind(),
                "from which severity on it is told: warning, unknown (nothing can be said) or critical")
      .optional("resolved", static_cast<bool Written::*>(&Usual::resolved), config::yes_or_no(),
                "whether it is told that an alert is over")
      .optional("timeout", static_cast<core::Duration Written::*>(&Usual::timeout),
                config::duration(100ms, 1min), "how long one delivery may take");
}

// `kind` is a literal.
inline Plan plan_of(std::string_view kind, const Usual& written) {
  Plan plan;
  plan.kind = kind;
  plan.name = written.name.empty() ? plan.kind : written.name;
  plan.at_least = written.at_least;
  plan.tells_resolved = written.resolved;
  return plan;
}

bool is_one_line(const std::string& text);

}  // namespace outrider::notifiers
