// recovery.objectives in the configuration: what may be lost, how long a recovery may take, and for how long
// a proof counts.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"

#include <optional>
#include <string_view>

namespace outrider::recovery {

// Every proof fades: green, then grey, then worth nothing but its history.
struct Fading {
  core::Duration fresh_for = std::chrono::hours(26);          // a drill a day, and two hours to finish it
  core::Duration stale_after = std::chrono::hours(168);       // older than this is no proof any more
  core::Duration looks_fresh_for = std::chrono::minutes(10);  // the same for a look at server or archive
};

enum class Fade { none, fresh, fading, stale };  // none: there never was a proof
std::string_view name_of(Fade fade);

struct Objectives {
  core::Duration rpo = std::chrono::hours(1);
  core::Duration rto = std::chrono::minutes(15);
  core::Duration keep{};  // so far back one must be able to restore; 0: that is not promised
  Fading proof;
  double good_share = 0.999;  // of all minutes, in which the promise must hold and be known to hold
  core::Duration window = std::chrono::hours(720);
};

// A proof from the future is one whose clock was wrong; it counts as made now.
Fade fade_of(const std::optional<core::WallTime>& proven, const Fading& fading, core::WallTime now);
Fade fade_of_look(const std::optional<core::WallTime>& seen, const Fading& fading, core::WallTime now);

config::Kind<Objectives> objectives_kind();

}  // namespace outrider::recovery
