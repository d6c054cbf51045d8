#include "agent/tracing/following.hpp"

namespace outrider::tracing {

std::string_view name_of(LineFate fate) {
  switch (fate) {
    case LineFate::waits: return "waits";
    case LineFate::released: return "released";
    case LineFate::let_go: return "let_go";
    case LineFate::waited: return "undecided_waited";
    case LineFate::crowded: return "undecided_crowded";
  }
  return "unknown";
}

// What is known counts before what is not, however long it took.
LineFate fate_of(const FollowSettings& settings, std::optional<bool> is_kept, core::Duration waited,
                 bool is_crowded) {
  if (is_kept) return *is_kept ? LineFate::released : LineFate::let_go;
  if (waited >= settings.wait) return LineFate::waited;
  return is_crowded ? LineFate::crowded : LineFate::waits;
}

bool goes_on(const FollowSettings& settings, LineFate fate) {
  if (fate == LineFate::let_go) return false;
  return fate == LineFate::released || settings.keeps_undecided;
}

}  // namespace outrider::tracing
