#include "agent/alert/decide.hpp"

#include <fmt/core.h>

namespace outrider::alert {
namespace {

using core::WallTime;

constexpr std::uint8_t bit(Phase phase) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(phase));
}
constexpr std::uint8_t pending = bit(Phase::pending);
constexpr std::uint8_t firing = bit(Phase::firing);
constexpr std::uint8_t acknowledged = bit(Phase::acknowledged);
constexpr std::uint8_t open = firing | acknowledged;
constexpr std::uint8_t resolved = bit(Phase::resolved);

// A clock that was put back must not keep people waiting for what is over by any clock.
bool is_due(WallTime from, core::Duration length, WallTime now) { return now - from >= length; }

// ---- conditions

constexpr When otherwise{"otherwise", [](const AlertView&, WallTime) { return true; }};
constexpr When gone{"it has gone",
                    [](const AlertView& view, WallTime) { return view.presence == Presence::gone; }};
constexpr When gone_untold{"it has gone and nobody was told", [](const AlertView& view, WallTime now) {
                             return view.presence == Presence::gone && !view.was_told &&
                                    is_due(view.since, view.hold, now);
                           }};
constexpr When gone_for_long{"it has been gone for `resolve_after`", [](const AlertView& view, WallTime now) {
                               return view.presence == Presence::gone && is_due(view.since, view.hold, now);
                             }};
constexpr When unseen{"it cannot be seen",
                      [](const AlertView& view, WallTime) { return view.presence == Presence::unclear; }};
constexpr When explained{"another alert tells of it",
                         [](const AlertView& view, WallTime) { return view.is_explained; }};
constexpr When waited{"it has been there for its `wait`",
                      [](const AlertView& view, WallTime now) { return is_due(view.since, view.wait, now); }};
constexpr When waited_silenced{"it has been there for its `wait` and is silenced",
                               [](const AlertView& view, WallTime now) {
                                 return view.is_silenced && is_due(view.since, view.wait, now);
                               }};
constexpr When silenced{"it is silenced", [](const AlertView& view, WallTime) { return view.is_silenced; }};
constexpr When untold{"nobody was told", [](const AlertView& view, WallTime) { return !view.was_told; }};
constexpr When worse{"it is worse than was told",
                     [](const AlertView& view, WallTime) { return view.severity > view.told_severity; }};
constexpr When unanswered{"nobody has acknowledged it for `escalate.after`",
                          [](const AlertView& view, WallTime now) {
                            return view.escalate_after && !view.has_escalated &&
                                   is_due(view.first_told_at, *view.escalate_after, now);
                          }};
constexpr When repeated{"it was told `repeat_every` ago", [](const AlertView& view, WallTime now) {
                          return is_due(view.told_at, view.repeat, now);
                        }};
constexpr When changed{"other words fit it now",
                       [](const AlertView& view, WallTime) { return view.has_changed; }};
constexpr When long_acknowledged{"it was acknowledged `acknowledged_for` ago",
                                 [](const AlertView& view, WallTime now) {
                                   return is_due(view.acknowledged_at, view.acknowledged_for, now);
                                 }};
constexpr When there{"it is there again",
                     [](const AlertView& view, WallTime) { return view.presence == Presence::there; }};

// ---- the table: in each phase the first row that holds is taken

using enum Action;
constexpr std::array rows{
    Row{pending, gone, Phase::resolved, forget, "it went before anybody had to be told"},
    Row{pending, unseen, {}, none, "it cannot be seen whether it is still there"},
    Row{pending, explained, {}, none, "another alert tells of it"},
    Row{pending, waited_silenced, Phase::firing, none, "it is silenced"},
    Row{pending, waited, Phase::firing, tell, "it is there for long enough"},
    Row{pending, otherwise, {}, none, "it may go by itself"},

    Row{open, gone_untold, Phase::resolved, forget, "it went, and nobody was told of it"},
    Row{open, gone_for_long, Phase::resolved, tell_the_end, "it is gone for long enough"},
    Row{open, gone, {}, renew, "it is gone, but perhaps not for long"},
    Row{open, unseen, {}, renew, "it cannot be seen whether it is over"},
    Row{open, explained, {}, renew, "another alert tells of it"},
    Row{open, silenced, {}, none, "it is silenced"},
    Row{open, untold, {}, tell, "it is not silenced any more"},
    Row{acknowledged, worse, Phase::firing, tell_again, "it got worse since it was acknowledged"},
    Row{firing, worse, {}, tell_again, "it got worse"},
    Row{firing, unanswered, {}, escalate, "nobody has acknowledged it"},
    Row{firing, repeated, {}, tell_again, "it is still there"},
    Row{acknowledged, long_acknowledged, Phase::firing, tell_again,
        "it was acknowledged long ago and is still there"},
    Row{open, changed, {}, renew, "other words fit it now"},
    Row{open, otherwise, {}, none, "everybody knows"},

    Row{resolved, there, Phase::pending, none, "it is there again"},
    Row{resolved, otherwise, {}, forget, "it is over"},
};

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::pending: return "pending";
    case Phase::firing: return "firing";
    case Phase::acknowledged: return "acknowledged";
    case Phase::resolved: return "resolved";
  }
  return "pending";
}

std::string_view name_of(Action action) {
  switch (action) {
    case none: return "nothing";
    case tell: return "tell";
    case tell_again: return "tell again";
    case escalate: return "escalate";
    case renew: return "renew what stands there";
    case tell_the_end: return "tell the end";
    case forget: return "forget";
  }
  return "nothing";
}

std::span<const Row> table() { return rows; }

Decision decide(const AlertView& view, WallTime now) {
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const Row& row = rows.at(index);
    if (row.covers(view.phase) && row.when.holds(view, now))
      return {row.to.value_or(view.phase), row.action, row.why, index};
  }
  return {view.phase, Action::none, {}, rows.size()};  // cannot be: every phase has a row `otherwise`
}

std::string mermaid() {
  std::string text = "stateDiagram-v2\n  [*] --> pending\n";
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < phase_count; ++i) {
      const auto from = static_cast<Phase>(i);
      if (!row.covers(from) || (!row.to && row.action == none)) continue;
      const std::string_view to = row.action == forget ? "[*]" : name_of(row.to.value_or(from));
      text += fmt::format("  {} --> {}: {} / {}\n", name_of(from), to, row.when.name, name_of(row.action));
    }
  }
  return text;
}

}  // namespace outrider::alert
