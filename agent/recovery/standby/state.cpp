#include "agent/recovery/standby/state.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using enum StandbyState;

constexpr std::array table = {
    StandbyRule{preparing, restoring, "there are no data to go on from"},
    StandbyRule{preparing, starting, "the data of the last time are there"},
    StandbyRule{preparing, broken, "no set of the catalog can be restored"},
    StandbyRule{preparing, blind, "the directory or the catalog cannot be used"},
    StandbyRule{restoring, starting, "the set is restored"},
    StandbyRule{restoring, broken, "what is stored is not the set"},
    StandbyRule{restoring, blind, "the restore could not be carried out"},
    StandbyRule{starting, catching_up, "it answers, and there is more to replay"},
    StandbyRule{starting, following, "it answers, and has all there is"},
    StandbyRule{starting, held, "a drill runs"},
    StandbyRule{starting, broken, "it cannot be made consistent"},
    StandbyRule{starting, blind, "it could not run here, or nothing can be fetched"},
    StandbyRule{starting, restoring, "another set has to be taken"},
    StandbyRule{catching_up, following, "it has all there is"},
    StandbyRule{catching_up, held, "a drill runs"},
    StandbyRule{catching_up, broken, "replay cannot get any further"},
    StandbyRule{catching_up, blind, "it could not run here, or nothing can be fetched"},
    StandbyRule{catching_up, starting, "the source's settings grew"},
    StandbyRule{catching_up, restoring, "a newer set leads there sooner, or is the only way"},
    StandbyRule{following, catching_up, "more came than it replays at once"},
    StandbyRule{following, held, "a drill runs"},
    StandbyRule{following, broken, "replay cannot get any further"},
    StandbyRule{following, blind, "it could not run here, or nothing can be fetched"},
    StandbyRule{following, starting, "the source's settings grew"},
    StandbyRule{following, restoring, "a newer set is the only way"},
    StandbyRule{held, catching_up, "the drill is over"},
    StandbyRule{held, following, "the drill is over"},
    StandbyRule{held, broken, "its server gave up"},
    StandbyRule{held, blind, "it could not run here, or nothing can be fetched"},
    StandbyRule{held, starting, "the source's settings grew"},
    StandbyRule{held, restoring, "another set has to be taken"},
    StandbyRule{broken, catching_up, "what was missing has come"},
    StandbyRule{broken, following, "what was missing has come"},
    StandbyRule{broken, held, "a drill runs"},
    StandbyRule{broken, starting, "it is tried again"},
    StandbyRule{broken, restoring, "a newer set begins behind it"},
    StandbyRule{broken, preparing, "it is tried again"},
    StandbyRule{broken, blind, "it could not run here, or nothing can be fetched"},
    StandbyRule{blind, catching_up, "it is over"},
    StandbyRule{blind, following, "it is over"},
    StandbyRule{blind, held, "a drill runs"},
    StandbyRule{blind, starting, "it is tried again"},
    StandbyRule{blind, restoring, "it is tried again"},
    StandbyRule{blind, preparing, "it is tried again"},
    StandbyRule{blind, broken, "replay cannot get any further"},
};

}  // namespace

std::string_view name_of(StandbyState state) {
  switch (state) {
    case preparing: return "preparing";
    case restoring: return "restoring";
    case starting: return "starting";
    case catching_up: return "catching_up";
    case following: return "following";
    case held: return "held";
    case broken: return "broken";
    case blind: return "blind";
  }
  return "blind";
}

std::span<const StandbyRule> standby_rules() { return table; }

bool leads(StandbyState from, StandbyState to) {
  return std::any_of(table.begin(), table.end(),
                     [&](const StandbyRule& rule) { return rule.from == from && rule.to == to; });
}

std::string standby_diagram() {
  std::string text = "stateDiagram-v2\n  [*] --> preparing\n";
  for (const auto& rule : table) {
    text += fmt::format("  {} --> {}: {}\n", name_of(rule.from), name_of(rule.to), rule.why);
  }
  return text;
}

}  // namespace outrider::recovery
