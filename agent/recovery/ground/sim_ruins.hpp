// What chance does to a simulated ground: one ruin of each kind, and troubles that say nothing of the backup.
#pragma once

#include "agent/os/random.hpp"
#include "agent/recovery/ground/sim_ground.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::recovery {

inline const std::vector<std::string> sim_calls = {
    "prepare",      "premises",   "list",         "run",     "control_data",
    "start_server", "connect",    "ask",          "promote", "canary",
    "stop_server",  "pg_amcheck", "pg_checksums", "hash",    "pg_verifybackup"};

struct Dice {
  explicit Dice(std::uint64_t seed) : random(os::make_seeded_random(seed)) {}
  std::uint64_t operator()() { return random->below(1ULL << 32); }
  std::unique_ptr<core::Random> random;
};

inline SimRuin ruin_number(unsigned number, Dice& random) {
  SimRuin ruin;
  const std::uint64_t segment = 10 + random() % 11;
  switch (number) {
    case 0: ruin.restore_says_corrupt = true; break;
    case 1: ruin.no_control_file = true; break;
    case 2: ruin.other_cluster = true; break;
    case 3: ruin.hole = std::min<std::uint64_t>(segment, 19); break;
    case 4: ruin.broken = segment; break;
    case 5: ruin.canary_altered = true; break;
    case 6: ruin.canary_short = true; break;
    case 7: ruin.relation_short = true; break;
    case 8: ruin.rows_differ = true; break;
    case 9: ruin.zero_pages = true; break;
    case 10: ruin.index_wrong = true; break;
    case 11: ruin.checksum_wrong = true; break;
    case 12: ruin.content_stale = true; break;
    case 13: ruin.file_differs = true; break;
    default: ruin.statement_false = true; break;
  }
  return ruin;
}

inline SimTrouble some_trouble(Dice& random) {
  SimTrouble trouble;
  switch (random() % 5) {
    case 0:
    case 1:
      for (auto count = 1 + random() % 2; count > 0; --count)
        trouble.calls[sim_calls[random() % sim_calls.size()]] =
            random() % 2 == 0 ? SimFault::fails : SimFault::hangs;
      break;
    case 2:
      trouble.server_dies = std::chrono::milliseconds(random() % 12'000);
      trouble.last_words =
          random() % 2 == 0 ? "killed by signal 9 (SIGKILL)" : "PANIC:  No space left on device";
      break;
    case 3: trouble.flaky = 10 + random() % 11; break;
    default:
      trouble.tool_code =
          std::pair(std::vector<std::string>{"restore", "pg_amcheck", "pg_verifybackup"}[random() % 3],
                    std::vector<int>{1, 49, 126, 137}[random() % 4]);
      break;
  }
  return trouble;
}

}  // namespace outrider::recovery
