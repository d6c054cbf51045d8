// A trace by its id, as numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outrider::tracing {

struct TraceKey {
  std::uint64_t high = 0, low = 0;
  bool operator==(const TraceKey&) const = default;
};

// The first eight bytes, the most significant first; what is shorter is read as if zeros followed.
inline std::uint64_t number_of(std::string_view id) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i)
    number = number << 8 | (i < id.size() ? static_cast<unsigned char>(id[i]) : 0u);
  return number;
}

// Of sixteen bytes.
inline TraceKey key_of(std::string_view trace_id) {
  return {number_of(trace_id), number_of(trace_id.substr(std::min<std::size_t>(8, trace_id.size())))};
}

// Ids of old tracers are no random numbers, hence the stirring.
inline std::uint64_t hash_of(TraceKey key) {
  std::uint64_t hash = key.low ^ (key.high * 0x9e3779b97f4a7c15u);
  hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
  hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
  return hash ^ hash >> 32;
}

struct TraceHash {
  using is_avalanching = void;  // for boost::unordered: it need not stir it again
  std::size_t operator()(TraceKey key) const { return hash_of(key); }
};

// What W3C calls the randomness of a trace: its last 56 bits, as a fraction. Whoever keeps a share of all
// traces by it keeps the same ones as everybody else who keeps no smaller share.
inline double randomness_of(TraceKey key) {
  constexpr std::uint64_t all = std::uint64_t{1} << 56;
  return static_cast<double>(key.low & (all - 1)) / static_cast<double>(all);
}

}  // namespace outrider::tracing
