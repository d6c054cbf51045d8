#include "agent/durable/sealed_value.hpp"

#include "agent/core/sums/crc32c.hpp"

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

void seal_into(char* place, std::string_view key, std::string_view value) {
  const std::uint32_t seal = seal_of(key, value);
  std::memcpy(place, &seal, seal_bytes);
  if (!value.empty()) std::memcpy(place + seal_bytes, value.data(), value.size());
}

std::optional<std::string_view> unsealed(std::string_view key, std::string_view stored) {
  if (stored.size() < seal_bytes) return std::nullopt;
  std::uint32_t seal;
  std::memcpy(&seal, stored.data(), seal_bytes);
  stored.remove_prefix(seal_bytes);
  if (seal != seal_of(key, stored)) return std::nullopt;
  return stored;
}

}  // namespace outrider::durable
