#include "agent/recovery/objectives.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::recovery {

using namespace std::chrono_literals;

namespace {

config::Kind<Fading> fading_kind() {
  return config::Object<Fading>()
      .optional("fresh_for", &Fading::fresh_for, config::duration(1min, 24h * 366),
                "how long a drill's proof counts in full")
      .optional("stale_after", &Fading::stale_after, config::duration(1min, 24h * 366),
                "from this age on it counts for nothing")
      .optional("looks_fresh_for", &Fading::looks_fresh_for, config::duration(10s, 24h),
                "how long a look at the server or at the archive counts")
      .rule([](const Fading& fading) -> std::optional<config::Complaint> {
        if (fading.fresh_for <= fading.stale_after) return std::nullopt;
        return config::Complaint{"fresh_for", "`fresh_for` must not be longer than `stale_after`"};
      });
}

Fade by_age(const std::optional<core::WallTime>& when, core::Duration fresh, core::Duration stale,
            core::WallTime now) {
  if (!when) return Fade::none;
  const core::Duration age = now - *when;
  if (age <= fresh) return Fade::fresh;
  return age <= stale ? Fade::fading : Fade::stale;
}

}  // namespace

std::string_view name_of(Fade fade) {
  switch (fade) {
    case Fade::none: return "none";
    case Fade::fresh: return "fresh";
    case Fade::fading: return "fading";
    case Fade::stale: return "stale";
  }
  return "none";
}

Fade fade_of(const std::optional<core::WallTime>& proven, const Fading& fading, core::WallTime now) {
  return by_age(proven, fading.fresh_for, fading.stale_after, now);
}

Fade fade_of_look(const std::optional<core::WallTime>& seen, const Fading& fading, core::WallTime now) {
  return by_age(seen, fading.looks_fresh_for, 6 * fading.looks_fresh_for, now);
}

config::Kind<Objectives> objectives_kind() {
  return config::Object<Objectives>()
      .optional("rpo", &Objectives::rpo, config::duration(1s, 24h * 366),
                "how much of what was committed may be lost at most, as a length of time")
      .optional("rto", &Objectives::rto, config::duration(1s, 24h * 31),
                "how long a restore may take until the database answers again")
      .optional("keep", &Objectives::keep, config::duration(0s, 24h * 366 * 10),
                "how far back one must be able to restore; 0: that is not promised")
      .optional("proof", &Objectives::proof, fading_kind(), "how fast proofs fade")
      .optional("good_share", &Objectives::good_share, config::number(0.5, 0.99999),
                "the share of all minutes in which the RPO must hold, and be known to hold")
      .optional("window", &Objectives::window, config::duration(24h, 24h * 90),
                "the time over which that share is counted");
}

}  // namespace outrider::recovery
