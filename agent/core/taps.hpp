// Looking at what goes through the river of logs, as it goes. The API asks, app answers. A tap holds nothing
// up: what goes by faster than it is fetched is counted, and not shown.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace outrider::core {

// A place where one can look.
struct TapPoint {
  std::string name;  // "parked:elasticsearch es:9200"
  std::string help;
};

struct TapQuestion {
  std::vector<std::string> points;  // a kind, "parked"; or a kind and a part of a name, "parked:es"
  std::string match;                // only documents with this text in them; may be empty
  std::string field, value;         // only those that say this; `field` may be empty
};

struct OpenTap {
  std::uint64_t id = 0;
  std::vector<std::string> points;  // those that there are now
};

// What went by since the last question.
struct TapNews {
  std::vector<std::string> records;  // each a JSON object
  std::uint64_t last = 0;            // the number of the last of them
  std::uint64_t unseen = 0;          // went by and could not be shown, since the tap was opened
};

class Taps {
 public:
  Taps() = default;
  Taps(const Taps&) = delete;
  Taps& operator=(const Taps&) = delete;
  virtual ~Taps() = default;

  virtual Task<Outcome<std::vector<TapPoint>>> points() = 0;
  // `exhausted` when too many are open. One that nobody asks for some seconds ends.
  virtual Task<Outcome<OpenTap>> open(std::string who, TapQuestion question) = 0;
  // What is numbered above `after`; what is not is let go. Waits for it no longer than `wait`. Throws when
  // cancelled.
  virtual Task<Outcome<TapNews>> next(std::uint64_t id, std::uint64_t after, Duration wait) = 0;
  virtual Task<Outcome<>> end(std::uint64_t id) = 0;
};

}  // namespace outrider::core
