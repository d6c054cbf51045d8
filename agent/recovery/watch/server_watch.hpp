// Keeps one connection to the database: looks at it, writes canaries, remembers what was acknowledged.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/event.hpp"
#include "agent/core/log.hpp"
#include "agent/recovery/canary/log.hpp"
#include "agent/recovery/evidence/judge.hpp"
#include "agent/recovery/exposure/exposure.hpp"
#include "agent/recovery/settings.hpp"
#include "agent/sql/sql.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

struct ServerTools {
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
  sql::Driver& driver;
  core::EventSink& events;
  core::Log& log;
};

class ServerWatch {
 public:
  ServerWatch(ServerTools tools, const Settings& settings, const std::string& folder, std::string node);

  // What is remembered from before; trouble with that is told and no reason not to go on.
  core::Task<void> load();
  core::Task<void> look_at();
  core::Task<void> sing_now();
  // How long until the next look: sooner than usual when the archiver may be found to stand still by then.
  core::Duration until_next_look() const;
  // SELECT pg_switch_wal(), for the remedy.
  core::Task<core::Outcome<>> switch_wal();
  // Where the record of a restore point of this plain name ends, once it is made and its segment ended.
  // `denied` when the role may not: then nothing was made.
  core::Task<core::Outcome<wal::Lsn>> make_point(std::string name);
  // Caps what any slot may hold, and waits until the server has taken that over: what it says of it then.
  // `denied` when the role may not.
  core::Task<core::Outcome<std::string>> cap_slots(std::uint64_t bytes);
  // Where the server's collector writes, as the server says it; empty: nowhere, or it cannot be asked.
  core::Task<std::string> log_file();

  const std::optional<Evidence>& evidence() const { return evidence_; }
  const std::string& trouble() const { return trouble_; }
  const Track& track() const { return track_; }
  const Judgements& judgements() const { return judgements_; }
  const std::vector<AcknowledgedCanary>& canaries() const { return canaries_; }
  WatchPolicy policy() const;

 private:
  core::Task<bool> connected();
  core::Task<core::Outcome<sql::Rows>> ask_apart(std::string statement);
  core::Task<void> see_disk(Evidence& seen) const;
  core::Task<void> keep(Acknowledged row);
  void say_once(std::string trouble);
  void judge_now();

  ServerTools tools_;
  const Settings& settings_;
  std::string node_;
  CanaryLog log_;
  std::unique_ptr<sql::Connection> connection_;
  std::optional<Evidence> evidence_;
  std::string trouble_;
  std::string canary_trouble_;
  Track track_;
  Judgements judgements_;
  std::optional<Judgement> contradicted_;  // the canaries, the last time that they did
  core::Instant contradicted_at_{};
  std::optional<Acknowledged> last_;
  std::vector<AcknowledgedCanary> canaries_;
  core::Instant forget_at_{};
  core::Instant sizes_at_{};
};

}  // namespace outrider::recovery
