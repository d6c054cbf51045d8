// The proof standby: a restored copy that follows the archive, and nothing else. It is restored once from the
// newest set, never streams, is never promoted, and says at each look how far a recovery would come now.
// The judging is in judge.cpp; this is the actor: observe, judge, write the intent, act, write the result.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/event.hpp"
#include "agent/core/journal.hpp"
#include "agent/core/log.hpp"
#include "agent/recovery/drill/choose.hpp"
#include "agent/recovery/exposure/exposure.hpp"
#include "agent/recovery/settings.hpp"
#include "agent/recovery/standby/judge.hpp"
#include "agent/recovery/standby/meter.hpp"
#include "agent/recovery/standby/status.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace outrider::recovery {

// What is known around it. Borrowed: good until the next suspension.
struct StandbySurroundings {
  const catalogs::Listing* listing = nullptr;  // null: the catalog could not be read yet
  const ChainReport* chain = nullptr;
  std::string trouble;  // why the catalog could not be read the last time
  const std::vector<AcknowledgedCanary>* canaries = nullptr;
  std::optional<std::uint64_t> system_id;
  bool drilling = false;
};

struct StandbyTools {
  core::Clock& clock;
  core::Journal& journal;
  core::EventSink& events;
  core::Log& log;
  catalogs::Catalog& catalog;
  std::function<StandbySurroundings()> around;
  std::function<void()> changed;  // after each turn
};

class Standby {
 public:
  Standby(StandbyTools tools, std::unique_ptr<Ground> ground, StandbySettings settings,
          const DrillSettings& drill);

  // Until cancelled. Then its server is stopped, and its data stay for the next time.
  core::Task<void> run();
  // After run() has ended: its directory is cleared, because nobody wants it any more.
  core::Task<void> remove();

  const StandbyStatus& status() const { return status_; }

 private:
  enum class Next { prepare, restore, start, look };

  core::Task<core::Duration> turn();
  core::Task<void> leave();
  core::Task<void> prepare();
  core::Task<void> restore();
  core::Task<tl::expected<std::optional<Choice>, Stop>> choose_set();
  core::Task<tl::expected<void, Stop>> bring(Choice choice);
  core::Task<tl::expected<void, Stop>> control();
  core::Task<void> start();
  core::Task<core::Outcome<>> intend(std::string action, std::string why);
  core::Task<void> conclude(bool succeeded, std::string result);
  core::Task<void> look();
  core::Task<void> ask(StandbyLook& look);
  core::Task<void> ask_canary();
  core::Task<void> pause(bool paused);
  core::Task<void> mend(StandbyVerdict verdict);
  core::Task<void> stop_server();
  bool too_far_behind(const StandbySurroundings& around, StandbyVerdict& verdict) const;
  void remember(const StandbyLook& look, const StandbyVerdict& verdict);
  void enter(StandbyState state, std::string why);
  void give_up(const Stop& stop, Next next);
  void wait_longer();

  StandbyTools tools_;
  std::unique_ptr<Ground> ground_;
  StandbySettings settings_;
  std::vector<std::pair<std::string, std::string>> server_settings_;
  core::Duration limit_;
  StandbyStatus status_;
  StandbyPast past_;
  ReplayMeter meter_;
  ControlData control_;
  std::unique_ptr<sql::Connection> connection_;
  std::vector<CanaryRow> rows_;  // the newest that could be read at this look
  std::optional<double> restore_rate_;
  std::optional<std::uint64_t> intent_;  // that has no result yet
  Next next_ = Next::prepare;
  std::string why_restore_ = "the proof standby begins";
  core::Instant due_{};    // not before
  core::Duration rest_{};  // how long was waited the last time that something went wrong
  core::Instant restored_at_{};
  core::Duration between_restores_{};
  core::Instant well_since_{};  // since when nothing went wrong
};

}  // namespace outrider::recovery
