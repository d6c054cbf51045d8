// The audit journal on disk: <state>/audit/audit.jsonl, only ever appended to, each line holding the hash of
// the one before it. Lines of callers that come together share one fsync. Belongs to the river it is opened
// on; the disk is touched on the pool only.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/async/pool.hpp"
#include "agent/audit/verify.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/journal.hpp"
#include "agent/core/log.hpp"
#include "agent/os/files.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <prometheus/registry.h>

namespace outrider::audit {

// Everything but the settings outlives the journal, and the pool outlives the rivers.
struct Tools {
  async::Executor river;
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
  prometheus::Registry& registry;
  core::Log& log;
};

struct Settings {
  std::string directory;                      // made when missing
  std::uint64_t rotate_at_bytes = 8U << 20U;  // the chain goes on in the next file; nothing is ever removed
};

class Journal final : public core::Journal {
 public:
  // Reads what is there. A torn last line is kept aside and the chain goes on; a file that is not what was
  // written is set aside under a new name, an entry says so, and the chain counts as broken from then on.
  // Fails only when the directory cannot be made or written.
  static core::Task<core::Outcome<std::unique_ptr<Journal>>> open(Tools tools, Settings settings);

  ~Journal() override;

  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override;
  core::Task<core::Outcome<>> conclude(std::uint64_t intent, bool succeeded, std::string result) override;

  // Reads the whole trail on the pool and shows what it finds in outrider_audit_chain_intact and trouble().
  // Lines are taken meanwhile.
  core::Task<core::Outcome<Report>> check();

  // Returns when nothing of it is under way on the pool: only then may the river's loop be destroyed.
  core::Task<void> settle();

  std::uint64_t entries() const;       // the sequence of the last durable line
  std::string last_hash() const;       // of that line
  const std::string& trouble() const;  // why it cannot be written, or why it is broken; else empty
  const std::string& broken() const;   // why it is not what was written; else empty
  const std::string& found() const;    // what was mended or set aside at the start; else empty

 private:
  struct State;
  explicit Journal(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace outrider::audit
