// Joins sources, transforms and sinks as the configuration says, and keeps the ledger: what was read is
// delivered, dropped for a counted reason, or in flight. A dead sink never stops another, nor the child that
// writes. Everything runs on the carry river; adopt() and finish() are the ways in from elsewhere.
#pragma once

#include "agent/async/mailbox.hpp"
#include "agent/async/nursery.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/log.hpp"
#include "agent/core/resource.hpp"
#include "agent/durable/book.hpp"
#include "agent/pipeline/carrier.hpp"
#include "agent/pipeline/follow/follow_flow.hpp"
#include "agent/pipeline/intake/intake.hpp"
#include "agent/pipeline/ledger/ledger.hpp"
#include "agent/pipeline/parking/parking.hpp"
#include "agent/pipeline/recording/record_sight.hpp"
#include "agent/pipeline/replay/checkpoints.hpp"
#include "agent/pipeline/replay/lane.hpp"
#include "agent/pipeline/samples/sample_flow.hpp"
#include "agent/pipeline/settings.hpp"
#include "agent/pipeline/snapshot.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/tools.hpp"
#include "agent/pipeline/traces/trace_flow.hpp"
#include "agent/sources/shelf.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace outrider::pipeline {

class Pipeline {
 public:
  using Tools = PipelineTools;
  // On the carry river, each second and when a sink's trouble begins or ends. Must not block: post it across.
  using Publish = std::function<void(Snapshot)>;

  // Made on any thread before its river starts; `settings` is copied.
  Pipeline(const async::Executor& carry, Tools tools, core::Resource resource, Settings settings,
           Publish publish);
  ~Pipeline();

  // Whether anything reads the child's output. If not, let the child write where the agent does.
  bool reads_child() const;

  // Any thread, at each start of the child. False when it did not get in (never in practice: the bound is
  // 1024 waiting starts).
  bool adopt(sources::ChildOutput child);

  // Where scraped families and those of spans are, for the /metrics page. Carry river only.
  std::shared_ptr<const telemetry::Board> board() const { return board_; }

  // Which requests count for what is promised, from now on.
  void promise(std::vector<tracing::RequestRule> rules);

  // What an operator wants done with what is parked; a sentence says what was. They end by themselves.
  async::Task<core::Outcome<std::string>> replay_parked(core::ParkedQuestion question);
  async::Task<core::Outcome<std::string>> drop_parked(core::ParkedQuestion question);

  // Carries until cancelled; then reads what the child left in its pipes and delivers what is in flight, all
  // within `settings.drain_for`. What is left then is dropped, counted and logged.
  async::Task<void> run();

 private:
  // One source that can be read again, and its way to each sink.
  struct Replay {
    std::vector<std::unique_ptr<SinkLane>> lanes;
    std::unique_ptr<sources::ReplaySource> source;
  };

  void build(const Settings& settings);
  std::vector<Destination> build_sinks(const std::vector<sinks::Plan>& plans);
  Carrier::Tools carrier_tools();
  Spool::Tools spool_tools();
  void build_traces(const TraceSettings& settings, const sources::Tools& tools);
  void build_samples(const SampleSettings& settings);
  void build_heard(const sources::HeardPlan& plan, const sources::Tools& tools);
  sources::Tools source_tools() const;
  void build_volatile(const Settings& settings, const ReadSettings& read, const sources::Tools& tools);
  void expect(const sources::ListenPlan& plan, sources::KeepingIntake& intake, const sources::Tools& tools);
  void build_replay(const Settings& settings, const ReadSettings& read, const sources::Tools& tools);
  void start_sources(async::Nursery& readers);
  void see(transforms::Chain& chain, std::unique_ptr<transforms::Onlooker> sight);
  DropSeen show_dropped() const;
  async::Task<void> replay(Replay& replay);
  async::Task<void> open_stores();
  async::Task<void> open_spool();
  async::Task<void> follow_judgements();
  std::vector<Spool*> spools() const;
  async::Task<void> hand_on_rest(Spool& spool);
  async::Task<void> end_spools(async::Nursery& spooling, std::exception_ptr& problem);
  async::Task<void> wait_for_the_end();
  async::Task<void> end_sources(async::Nursery& readers, std::exception_ptr& problem);
  void watch_ledger();
  void publish();
  async::Task<void> adopt_children();
  async::Task<void> tick();
  async::Task<void> guarded(async::Task<void> work);
  async::Task<void> abandon_at(core::Instant when);

  Tools tools_;
  core::Resource resource_;
  core::Duration drain_for_;
  Publish publish_;
  async::Executor carry_;
  async::Mailbox<sources::ChildOutput> children_;
  async::Bell ended_;
  async::Bell lanes_closed_;
  std::shared_ptr<telemetry::Board> board_ = std::make_shared<telemetry::Board>();
  Ledger ledger_;
  std::vector<std::unique_ptr<transforms::Onlooker>> sights_;
  Parking parking_;
  std::map<std::string, Account*> parked_accounts_;  // of what is replayed, by sink
  Checkpoints checkpoints_;
  std::vector<std::unique_ptr<Carrier>> carriers_;
  std::vector<Destination> log_destinations_;
  std::unique_ptr<Spool> spool_;        // where there is a volatile source, and a book that lasts
  std::unique_ptr<FollowFlow> follow_;  // where lines follow their trace, and where some did
  std::vector<std::unique_ptr<sources::LogSource>> log_sources_;
  std::vector<std::unique_ptr<sources::MetricSource>> metric_sources_;
  std::vector<std::unique_ptr<ChainIntake>> intakes_;  // one a log source, then those of kept ones
  std::vector<std::unique_ptr<Replay>> replays_;
  std::unique_ptr<::prometheus::Registry> uncounted_;  // what further lanes do to the same lines counts once
  std::unique_ptr<ChainIntake> nowhere_;
  std::unique_ptr<TraceFlow> traces_;              // where spans are listened for
  std::unique_ptr<SampleFlow> samples_;            // where metrics are sent on
  std::unique_ptr<sources::Reception> reception_;  // where senders come who wait until it is kept
  std::unique_ptr<sources::LogSource> unread_;     // drains what no source takes, so that no child stalls
  bool reads_child_ = false;
};

}  // namespace outrider::pipeline
