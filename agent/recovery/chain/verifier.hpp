// Reads what the walk found, bit by bit, and remembers what was sound (evidence level L2: page headers,
// record chain and CRC of each segment, and that each follows the one before it). The newest first; a file
// whose size, time or digest changed is read again.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/os/files.hpp"
#include "agent/recovery/chain/chain.hpp"
#include "agent/wal/check/segment.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

struct VerifierSettings {
  std::string memory_file;                              // in the state directory
  std::uint64_t budget_bytes = 256ULL << 20;            // of WAL, a turn
  core::Duration read_limit = std::chrono::minutes(2);  // for one segment
};

struct VerifierTools {
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
};

// A segment, or the joint between it and the one before it, that is not what was written.
struct BrokenLink {
  wal::SegmentId id;
  std::string segment;
  wal::Fault fault;
};

struct CheckedReach {
  wal::Lsn lsn;                              // behind the last record that is whole
  std::string segment;                       // in this segment
  core::WallTime read_last{}, read_first{};  // when the youngest and the oldest piece of the proof was read
  std::optional<wal::Commit> last_commit;
};

struct VerifierReport {
  // L2 for the set that `newest` of the chain's report names; nothing while its first segment is unread.
  std::optional<CheckedReach> checked;
  std::vector<std::optional<CheckedReach>> sets;  // the same for each set
  std::vector<BrokenLink> broken;                 // along the way, oldest first
  std::uint64_t verified = 0;                     // segments on the way that are known to be sound
  std::uint64_t unverified = 0;                   // and those that were not read yet
  std::uint64_t read_bytes = 0;                   // in this turn, after decompression
  std::vector<std::string> troubles;              // what could not be read: unknown, neither sound nor broken
  std::optional<std::uint64_t> segment_bytes;     // found in a file, where the chain only assumed a size
};

class Verifier {
 public:
  Verifier(VerifierTools tools, VerifierSettings settings);
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;
  ~Verifier();

  // What was remembered. A memory that is torn or not ours is said to be so, and begins anew: never trusted.
  core::Task<core::Outcome<>> load();

  // One turn: reads up to the budget, remembers, reports. `catalog` and both reports outlive the call.
  core::Task<VerifierReport> turn(catalogs::Catalog& catalog, const catalogs::Listing& listing,
                                  const ChainReport& chain);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace outrider::recovery
