#include "agent/transforms/steps/thin/hash.hpp"

namespace outrider::transforms::steps {
namespace {

// The finisher of splitmix64: neighbours share nothing after it.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace

// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return mixed(hash);
}

std::uint64_t hash_of(const telemetry::Origin& origin) {
  const std::uint64_t stream = mixed(origin.stream ^ origin.generation);
  return mixed(stream + origin.offset * 0x9e3779b97f4a7c15);
}

}  // namespace outrider::transforms::steps
