// For tests: how often chance is given a turn. Under a sanitizer a turn costs ten times as much, and it is
// not the turns that the sanitizer is there for.
#pragma once

#include <cstdint>

namespace outrider::recovery {

constexpr std::uint64_t turns_of_chance(std::uint64_t usual) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return (usual + 9) / 10;
#else
  return usual;
#endif
}

}  // namespace outrider::recovery
