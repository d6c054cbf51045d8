// journald's name for one entry: "s=<of the sequence>;i=<number in it>;b=<boot>;m=…;t=…;x=…".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::sources::journald {

struct Cursor {
  std::string sequence;
  std::uint64_t number = 0;
};

std::optional<Cursor> read_cursor(std::string_view text);

}  // namespace outrider::sources::journald
