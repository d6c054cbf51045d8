#include "agent/ui/parts.hpp"

#include "agent/core/text.hpp"

#include <chrono>

#include <fmt/core.h>

namespace outrider::ui {

Mark mark_of(core::State state) {
  switch (state) {
    case core::State::healthy: return {"ok", "s-ok", "healthy"};
    case core::State::sick: return {"bad", "s-bad", "sick"};
    case core::State::unknown: break;
  }
  return {"unk", "s-unk", "unknown"};
}

Mark mark_of(core::Standing standing) {
  switch (standing) {
    case core::Standing::ok: return {"ok", "s-ok", "ok"};
    case core::Standing::not_ok: return {"bad", "s-bad", "not ok"};
    case core::Standing::unknown: break;
  }
  return {"unk", "s-unk", "unknown"};
}

Mark mark_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::fine: return {"ok", "s-ok", "All is well"};
    case core::Severity::warning: return {"warn", "s-warn", "Works, with something to look at"};
    case core::Severity::critical: return {"bad", "s-bad", "Needs you"};
    case core::Severity::unknown: break;
  }
  return {"unk", "s-unk", "Not known"};
}

Mark mark_of(core::EventKind kind) {
  switch (kind) {
    case core::EventKind::lifecycle: return {"soft", "s-life", "lifecycle"};
    case core::EventKind::probe: return {"soft", "s-ask", "probe"};
    case core::EventKind::health: return {"soft", "s-ask", "health"};
    case core::EventKind::decision: return {"ink", "s-fork", "decision"};
    case core::EventKind::action: return {"ok", "s-act", "action"};
    case core::EventKind::config: return {"soft", "s-conf", "config"};
    case core::EventKind::operator_command: return {"unk", "s-hand", "operator"};
    case core::EventKind::incident: return {"bad", "s-warn", "incident"};
    case core::EventKind::notification: return {"soft", "s-ask", "notification"};
    case core::EventKind::trouble: break;
  }
  return {"bad", "s-bad", "trouble"};
}

std::string_view symbols() {
  return R"(<svg hidden width="0" height="0"><defs>
<symbol id="s-ok" viewBox="0 0 16 16"><path fill-rule="evenodd" d="M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0zm3.6 4.6L7 9.6 4.5 7.2 3.1 8.6 7 12.5l6-6.5z"/></symbol>
<symbol id="s-bad" viewBox="0 0 16 16"><path fill-rule="evenodd" d="M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zM7 3.5V9h2V3.5zm0 7v2h2v-2z"/></symbol>
<symbol id="s-warn" viewBox="0 0 16 16"><path fill-rule="evenodd" d="M8 .5 16 15H0zM7 5.5V10h2V5.5zm0 5.7v2h2v-2z"/></symbol>
<symbol id="s-unk" viewBox="0 0 16 16"><path fill-rule="evenodd" d="M8 0l8 8-8 8-8-8zM5.6 6.3h1.8c0-.6.2-.9.7-.9s.7.3.7.7c0 .9-1.7 1-1.7 2.9h1.8c0-1.2 1.8-1.4 1.8-3.1C10.7 4.6 9.7 3.9 8.2 3.9S5.6 4.8 5.6 6.3zM7 10v1.8h2V10z"/></symbol>
<symbol id="s-life" viewBox="0 0 16 16"><circle cx="8" cy="8" r="4"/></symbol>
<symbol id="s-ask" viewBox="0 0 16 16"><path fill-rule="evenodd" d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zm0 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z"/></symbol>
<symbol id="s-act" viewBox="0 0 16 16"><path d="M3 2l11 6-11 6z"/></symbol>
<symbol id="s-fork" viewBox="0 0 16 16"><path d="M7 16V9L2.5 4.5V7H1V2h5v1.5H3.6L8 8l4.4-4.5H10V2h5v5h-1.5V4.5L9 9v7z"/></symbol>
<symbol id="s-conf" viewBox="0 0 16 16"><path d="M2 3h12v2H2zm0 4h12v2H2zm0 4h8v2H2z"/></symbol>
<symbol id="s-hand" viewBox="0 0 16 16"><path d="M8 1a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2 15c0-4 2.5-6 6-6s6 2 6 6z"/></symbol>
</defs></svg>)";
}

std::string shape(const Mark& mark) {
  return fmt::format(R"(<svg class="g {}" aria-hidden="true"><use href="#{}"/></svg>)", mark.css, mark.shape);
}

std::string labelled(const Mark& mark) {
  return fmt::format(R"(<span class="now {}">{} {}</span>)", mark.css, shape(mark), mark.word);
}

std::string time_tag(core::WallTime time, core::WallTime now) {
  if (time == core::WallTime{}) return "unknown";
  const std::string whole = core::show_time(time);
  const bool same_day =
      std::chrono::floor<std::chrono::days>(time) == std::chrono::floor<std::chrono::days>(now);
  const std::string shown = same_day ? whole.substr(11, 8) : whole.substr(5, 5) + " " + whole.substr(11, 5);
  return fmt::format(R"(<time datetime="{}">{}</time>)", whole, shown);
}

std::string age_tag(core::WallTime time, core::WallTime now) {
  if (time == core::WallTime{}) return "never";
  const bool ahead = time > now;
  return fmt::format(R"(<time datetime="{}">{}{}{}</time>)", core::show_time(time), ahead ? "in " : "",
                     core::show_age(ahead ? time - now : now - time), ahead ? "" : " ago");
}

std::string number(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, "\xE2\x80\xAF");  // narrow space
  return digits;
}

}  // namespace outrider::ui
