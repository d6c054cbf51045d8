// A place in the write-ahead log, and the names of the files that hold it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::wal {

struct Lsn {
  std::uint64_t value = 0;

  auto operator<=>(const Lsn&) const = default;
  std::string text() const;  // "0/3000148"
};

std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace outrider::wal
