// Follows a restored server until it has replayed what there is, or cannot go on. Says why, exactly.
#pragma once

#include "agent/recovery/drill/choose.hpp"
#include "agent/recovery/ground/ground.hpp"
#include "agent/recovery/ground/replay_place.hpp"

#include <memory>
#include <optional>

namespace outrider::recovery {

struct Replayed {
  wal::Lsn reached;
  std::optional<core::WallTime> last_commit;
};

class ReplayWatch {
 public:
  ReplayWatch(core::Clock& clock, Ground& ground, const RecoveryTarget& target, core::Duration limit)
      : clock_(clock), ground_(ground), target_(target), limit_(limit) {}

  // Until the server answers: it is consistent then, and replays on.
  core::Task<tl::expected<void, Stop>> until_consistent();
  // Until replay has come to its target or to the end of the archive. `tell`: how far it is, now and then.
  core::Task<tl::expected<Replayed, Stop>> until_done(
      std::function<void(wal::Lsn, std::uint64_t segments)> tell);

  // Why it cannot go on: the server has ended, or something could not be fetched. Nothing while all is well.
  core::Task<std::optional<Stop>> trouble();

  sql::Connection& connection() { return *connection_; }

 private:
  core::Task<std::optional<Stop>> trouble(const Fetches& fetches);
  std::optional<Stop> stuck(const ReplayPlace& now, const ReplayPlace& before, const Fetches& fetches) const;

  core::Clock& clock_;
  Ground& ground_;
  const RecoveryTarget& target_;
  core::Duration limit_;
  std::unique_ptr<sql::Connection> connection_;
};

// What the last words of a server that gave up say of the backup. Pure.
Stop judge_last_words(const std::string& words, const Fetches& fetches);

}  // namespace outrider::recovery
