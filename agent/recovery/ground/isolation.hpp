// Whether a restored server can reach anything.
#pragma once

#include <string>

namespace outrider::recovery {

enum class NetworkCut {
  automatic,  // cut off where that can be done
  cut,        // else the drill could not verify
  shared,     // as everybody on this machine
};

// What came of it. Cut off: in a network namespace of its own, in which it is alone.
struct Isolation {
  bool cut = false;
  std::string why_not;  // empty when it was

  // "cut off from the network", "not cut off from the network: …"
  std::string text() const {
    return cut ? "cut off from the network" : "not cut off from the network: " + why_not;
  }
};

}  // namespace outrider::recovery
