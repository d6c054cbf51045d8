// The states of the proof standby, and what leads from one to another. Pure; the picture in the documentation
// is made from the same table.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace outrider::recovery {

enum class StandbyState {
  preparing,    // looks what is in its directory
  restoring,    // brings the newest set there
  starting,     // the server runs and is not consistent yet
  catching_up,  // it replays, and the archive lists more
  following,    // it has all that the archive lists, and waits for the next segment
  held,         // stands still while a drill runs
  broken,       // disproved: what the archive has does not lead on
  blind,        // could not verify: it says nothing of the archive
};
inline constexpr std::array<StandbyState, 8> standby_states = {
    StandbyState::preparing, StandbyState::restoring, StandbyState::starting, StandbyState::catching_up,
    StandbyState::following, StandbyState::held,      StandbyState::broken,   StandbyState::blind};
std::string_view name_of(StandbyState state);

struct StandbyRule {
  StandbyState from, to;
  std::string_view why;
};

std::span<const StandbyRule> standby_rules();
bool leads(StandbyState from, StandbyState to);
// The table as a Mermaid diagram, for the documentation.
std::string standby_diagram();

}  // namespace outrider::recovery
