// What is configured of one journal, and which of its entries are meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::sources::journald {

// Where a destination begins that has read nothing yet.
enum class Begin : std::uint8_t { boot, now, beginning };
// Whose clock `@timestamp` is: of journald, when it got the entry, or of who wrote it, where that is said.
enum class Clock : std::uint8_t { received, sent };

// An entry must be all of it. Of several values for one thing, one is enough.
struct Filter {
  std::vector<std::string> units;  // also what systemd itself says of them, and their core dumps
  std::vector<std::string> identifiers;
  std::optional<unsigned> priority;  // this or more urgent
  std::vector<std::pair<std::string, std::vector<std::string>>> matches;

  bool empty() const { return units.empty() && identifiers.empty() && !priority && matches.empty(); }
};

struct Settings {
  std::string name = "journald";  // of its account, and for its places: the same for ever
  std::string directory;          // empty: the system's
  std::string name_space;         // empty: the default one
  Filter filter;
  Begin begin = Begin::boot;
  Clock clock = Clock::received;
  bool all_fields = false;
};

}  // namespace outrider::sources::journald
