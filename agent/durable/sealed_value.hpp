// How an entry lies in the file. Its key stands behind the CRC-32C of its table's name, so that no list of
// tables can be lost with a page; its value behind the CRC-32C of the whole key and itself, so that neither
// a bit that turned nor a value that got under another key passes for what was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::durable {

inline constexpr std::size_t table_prefix_bytes = 4;
inline constexpr std::size_t seal_bytes = 4;

// The first entry of all keeps the number of the last commit: by it a head of the file that does not belong
// to this tree is known.
inline constexpr std::string_view commit_key{"\0\0\0\0", table_prefix_bytes};

std::string whole_key(std::string_view table, std::string_view key);

// Into `place`, which has room for it: `seal_bytes` more than the value, which may come in pieces.
class Sealing {
 public:
  Sealing(char* place, std::string_view key);
  void add(std::string_view piece);
  void finish();

 private:
  char* place_;
  char* next_;
  std::uint32_t running_;
};

// Nothing: it is not what was written.
std::optional<std::string_view> unsealed(std::string_view key, std::string_view stored);

// What lies behind the seal, whether or not it fits.
std::string_view behind_seal(std::string_view stored);

}  // namespace outrider::durable
