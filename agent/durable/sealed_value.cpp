#include "agent/durable/sealed_value.hpp"

#include "agent/core/sums/crc32c.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace outrider::durable {
namespace {

std::uint32_t seal_of(std::string_view key, std::string_view value) {
  const std::uint32_t of_key = core::crc32c_add(core::crc32c_start, key.data(), key.size());
  return core::crc32c_finished(core::crc32c_add(of_key, value.data(), value.size()));
}

}  // namespace

std::string whole_key(std::string_view table, std::string_view key) {
  const std::uint32_t running = core::crc32c_add(core::crc32c_start, table.data(), table.size());
  const std::uint32_t name = core::crc32c_finished(running);
  std::string whole(table_prefix_bytes, '\0');
  std::memcpy(whole.data(), &name, table_prefix_bytes);
  whole += key;
  return whole;
}

Sealing::Sealing(char* place, std::string_view key)
    : place_(place),
      next_(place + seal_bytes),
      running_(core::crc32c_add(core::crc32c_start, key.data(), key.size())) {}

// In steps that stay in the cache between the copy and the sum.
void Sealing::add(std::string_view piece) {
  constexpr std::size_t step_bytes = 8u << 10;
  while (!piece.empty()) {
    const std::size_t bytes = std::min(piece.size(), step_bytes);
    std::memcpy(next_, piece.data(), bytes);
    running_ = core::crc32c_add(running_, piece.data(), bytes);
    next_ += bytes;
    piece.remove_prefix(bytes);
  }
}

void Sealing::finish() {
  const std::uint32_t seal = core::crc32c_finished(running_);
  std::memcpy(place_, &seal, seal_bytes);
}

std::optional<std::string_view> unsealed(std::string_view key, std::string_view stored) {
  if (stored.size() < seal_bytes) return std::nullopt;
  std::uint32_t seal;
  std::memcpy(&seal, stored.data(), seal_bytes);
  stored.remove_prefix(seal_bytes);
  if (seal != seal_of(key, stored)) return std::nullopt;
  return stored;
}

std::string_view behind_seal(std::string_view stored) {
  return stored.substr(std::min(seal_bytes, stored.size()));
}

}  // namespace outrider::durable
