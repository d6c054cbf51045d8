// What the configuration says of a file source.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/tail/files/survey.hpp"

#include <cstdint>
#include <string>

namespace outrider::tail {

enum class Start { beginning, end };

struct Settings {
  std::string name;  // of the account in the ledger
  Choice choice;
  Start start = Start::beginning;
  core::Duration rescan = std::chrono::seconds(10);
  core::Duration quiet = std::chrono::seconds(10);  // until a file that went is taken for complete
  std::uint64_t hold_bytes = 1ULL << 30;            // of deleted files that are held open
};

}  // namespace outrider::tail
