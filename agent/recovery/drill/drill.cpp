#include "agent/recovery/drill/drill.hpp"

#include "agent/async/executor.hpp"
#include "agent/core/advice.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/chain/history.hpp"
#include "agent/recovery/drill/choose.hpp"
#include "agent/recovery/drill/replay.hpp"
#include "agent/recovery/drill/stages.hpp"
#include "agent/recovery/drill_id.hpp"
#include "agent/recovery/fingerprint/actors/contents.hpp"
#include "agent/recovery/witness/collations.hpp"
#include "agent/recovery/witness/witness.hpp"
#include "agent/recovery/witness/zeroes.hpp"

#include <algorithm>
#include <exception>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Standing;
using core::Task;
using Step = tl::expected<void, Stop>;

constexpr core::Duration list_limit = std::chrono::minutes(5);

class Drill {
 public:
  Drill(DrillTools& tools, DrillOrder& order, Source& source)
      : tools_(tools),
        order_(order),
        source_(source),
        replay_(tools.clock, tools.ground, order.target, order.limit) {}

  Task<DrillRecord> run() {
    begin();
    std::exception_ptr cancelled;
    try {
      co_await go();
    } catch (const boost::system::system_error&) {
      cancelled = std::current_exception();
      stop_ = Stop{Finding::could_not_verify, "it was cancelled"};
    }
    // Also when it comes only now: what was begun to be cleared is cleared.
    co_await async::ignore_cancellation();
    // Data in which something is wrong is not kept: the next drill would begin with it.
    const bool keep = order_.keep_data && !stop_;
    auto cleared = co_await tools_.ground.tear_down(keep);
    if (!cleared) record_.notes.push_back(cleared.error().what);
    if (cancelled) std::rethrow_exception(cancelled);
    conclude();
    co_return record_;
  }

 private:
  void begin() {
    record_.started = record_.cut = tools_.clock.wall();
    record_.id = drill_id(record_.started);
    record_.catalog = tools_.catalog.target();
    record_.target = order_.target.text();
    record_.system_id = source_.system_id;
    if (order_.target.lies_at)
      record_.restore_point = RestorePoint{order_.target.name, *order_.target.lies_at};
  }

  Task<void> go() {
    for (Stage stage = Stage::find; stage != Stage::over; stage = rule_of(stage).next) {
      const core::Instant began = tools_.clock.now();
      Step step = co_await take(stage);
      record_.phases.push_back({std::string(rule_of(stage).phase), tools_.clock.now() - began});
      if (!step) {
        stop_ = step.error();
        co_return;
      }
    }
  }

  Task<Step> take(Stage stage) {
    switch (stage) {
      case Stage::find: return find();
      case Stage::fetch: return fetch();
      case Stage::start: return start();
      case Stage::replay: return replay();
      case Stage::look: return look();
      case Stage::promote: return promote();
      case Stage::examine: return examine();
      case Stage::over: break;
    }
    return find();
  }

  Task<Step> find() {
    tell("find", "looking for a backup set");
    auto prepared = co_await tools_.ground.prepare();
    if (!prepared) co_return could_not_verify(core::with_advice(prepared.error()));
    auto listing = co_await tools_.catalog.list(list_limit);
    if (!listing) co_return could_not_verify("the catalog cannot be read: " + listing.error().what);
    if (!listing->tool.empty()) record_.tools.push_back(listing->tool);
    ChainView view{.listing = *listing,
                   .segment_bytes = source_.segment_bytes,
                   .history = source_.history,
                   .written = source_.written,
                   .now = record_.cut,
                   .holes = {}};
    if (!view.history) {
      auto history = co_await read_newest_history(tools_.catalog, *listing, list_limit);
      if (history)
        view.history = std::move(*history);
      else
        no_history_ = history.error().what;
    }
    const ChainReport chain = walk_chain(view);
    note_chain(chain);
    auto choice = choose(*listing, chain, order_, source_);
    if (!choice) co_return tl::unexpected<Stop>(choice.error());
    choice_ = std::move(*choice);
    record_.set = choice_.set.label;
    record_.set_stopped = choice_.set.stopped;
    record_.wanted = order_.target.lsn ? order_.target.lsn : order_.target.lies_at;
    auto premises = co_await tools_.ground.premises();
    if (!premises) co_return could_not_verify(premises.error().what);
    const std::uint64_t needed = needed_bytes(choice_, chain.segment_bytes);
    if (premises->free_bytes < needed && !tools_.ground.may_reuse()) {
      co_return could_not_verify(fmt::format("the scratch directory has {} free and the restore needs {}",
                                             core::show_bytes(premises->free_bytes),
                                             core::show_bytes(needed)));
    }
    if (premises->load_per_core > order_.most_load_per_core) {
      co_return could_not_verify(
          fmt::format("the machine is too busy: {:.1f} runnable per core, allowed are {:.1f}",
                      premises->load_per_core, order_.most_load_per_core));
    }
    co_return Step();
  }

  Task<Step> fetch() {
    const std::string directory = tools_.ground.data_directory();
    auto steps = tools_.catalog.restore(choice_.set, directory, tools_.ground.may_reuse());
    if (!steps) co_return could_not_verify(steps.error().what);
    for (auto& step : *steps) {
      tell("fetch", step.what);
      const std::string what = step.what;
      auto ran = co_await tools_.ground.run(std::move(step), order_.limit);
      if (!ran) co_return could_not_verify("cannot " + what + ": " + ran.error().what);
      if (!ran->exit.succeeded()) co_return judge_restore(what, *ran);
    }
    record_.restored_bytes = choice_.set.database_bytes;
    auto control = co_await tools_.ground.control_data();
    if (!control && control.error().code == core::Errc::corrupt) co_return disproved(control.error().what);
    if (!control) co_return could_not_verify(control.error().what);
    control_ = *control;
    if (source_.system_id && control_.system_id != *source_.system_id) {
      co_return disproved(
          fmt::format("the set is of another cluster: its system identifier is {}, the database's {}",
                      control_.system_id, *source_.system_id));
    }
    record_.system_id = control_.system_id;
    if (asked_for(Ask::manifest)) {
      Witness manifest = co_await ask_manifest(witness_tools());
      co_return heard(std::move(manifest));
    }
    co_return Step();
  }

  Task<Step> start() {
    tell("start", "starting the restored server");
    auto fetch = tools_.catalog.fetch_wal();
    if (!fetch) co_return could_not_verify(fetch.error().what);
    ServerPlan plan{order_.target,          control_,    std::move(*fetch), choice_.archive,
                    order_.server_settings, choice_.way, choice_.timeline};
    record_.isolation = tools_.ground.isolation();
    auto started = co_await tools_.ground.start_server(std::move(plan));
    if (!started) co_return could_not_verify(started.error().what);
    co_return co_await replay_.until_consistent();
  }

  Task<Step> replay() {
    const wal::Lsn from = choice_.set.start_lsn.value_or(wal::Lsn{});
    const std::string target = order_.target.text();
    auto done = co_await replay_.until_done([&](wal::Lsn lsn, std::uint64_t segments) {
      tell("replay", fmt::format("segment {} of about {}, at {}, going to {}", segments, choice_.way.size(),
                                 lsn.text(), target));
    });
    if (!done) co_return tl::unexpected<Stop>(done.error());
    reached_ = *done;
    record_.reached = reached_.reached;
    record_.reached_time = reached_.last_commit;
    if (choice_.set.start_lsn && reached_.reached > from)
      record_.replayed_bytes = reached_.reached.value - from.value;
    const Fetches fetches = co_await tools_.ground.fetches();
    record_.replayed_segments = fetches.served;
    record_.timeline = timeline_of(fetches);
    if (!order_.target.is_end()) co_return at_the_point();
    if (Step step = beyond(fetches.absent); !step) co_return step;
    co_await count_lost();
    co_return Step();
  }

  // A name that somebody else has used, too, leads to another place, and that proves nothing of this one.
  Step at_the_point() const {
    const auto& point = record_.restore_point;
    if (!point || reached_.reached == point->lsn) return Step();
    return could_not_verify(
        fmt::format("recovery stopped at {}, and restore point {} is at {}: it is not the only one "
                    "with that name",
                    reached_.reached.text(), point->name, point->lsn.text()));
  }

  Task<void> count_lost() {
    if (!tools_.count_lost) co_return;
    auto tail = co_await tools_.count_lost(reached_.reached);
    if (!tail) {
      record_.notes.push_back(tail.error().what);
      co_return;
    }
    record_.lost_commits = tail->commits;
    record_.first_lost_commit = tail->first;
  }

  // What the walk over the listing had found stands beside what the restore finds.
  void note_chain(const ChainReport& chain) {
    constexpr std::size_t most_told = 5;
    for (std::size_t i = 0; i < chain.gaps.size() && i < most_told; ++i)
      record_.notes.push_back("listed: " + chain.gaps[i].what);
    for (std::size_t i = 0; i < chain.troubles.size() && i < most_told; ++i)
      record_.notes.push_back("listed: " + chain.troubles[i]);
    if (!no_history_.empty()) record_.notes.push_back("listed: " + no_history_);
  }

  std::uint32_t timeline_of(const Fetches& fetches) const {
    const auto name = wal::read_name(fetches.last_served);
    return name ? name->timeline : control_.timeline;
  }

  // The server takes a hole for the end. We know what comes after it.
  Step beyond(const std::string& absent) const {
    if (!no_history_.empty()) return disproved(no_history_);
    const std::uint64_t later = segments_behind(choice_, absent);
    if (later == 0) return Step();
    return disproved(fmt::format(
        "segment {} is missing in the archive; the {} segments behind it cannot be reached", absent, later));
  }

  WitnessTools witness_tools() { return {tools_.clock, tools_.ground, order_.limit}; }
  bool asked_for(Ask check) const {
    return std::find(order_.checks.begin(), order_.checks.end(), check) != order_.checks.end();
  }

  // A witness who cannot speak is remembered; one who speaks against it ends the drill.
  Step heard(Witness witness) {
    tell("verify", witness.name + ": " + witness.detail);
    record_.witnesses.push_back(witness);
    if (witness.standing != Standing::not_ok) return Step();
    return disproved(witness.name + ": " + witness.detail);
  }

  // While it can still only read: paused where it came to, or a standby.
  Task<Step> look() {
    if (asked_for(Ask::canary)) {
      Witness canary =
          co_await ask_canary(witness_tools(), source_, record_.cut, reached_.reached, record_.canary);
      if (auto step = heard(std::move(canary)); !step) co_return step;
    }
    if (record_.canary) record_.proven_rpo = record_.canary->loss;
    if (!order_.promote) co_return co_await ask_tables();
    co_return Step();
  }

  // Before promotion a transaction that was under way when the log ends still holds its locks, and whoever
  // reads its tables waits for ever.
  Task<Step> ask_tables() {
    if (asked_for(Ask::lengths)) {
      Witness lengths = co_await ask_lengths(witness_tools());
      if (auto step = heard(std::move(lengths)); !step) co_return step;
    }
    if (asked_for(Ask::hashes)) {
      if (auto step = co_await compare_contents(); !step) co_return step;
    }
    // Before anybody goes through an index: who finds nothing at the place that it names marks the entry
    // dead, and it says no more.
    if (order_.promote && asked_for(Ask::rows)) {
      Witness zeroes = co_await ask_zeroes(witness_tools());
      if (auto step = heard(std::move(zeroes)); !step) co_return step;
    }
    if (asked_for(Ask::rows)) {
      Witness rows = co_await ask_rows(witness_tools());
      if (auto step = heard(std::move(rows)); !step) co_return step;
    }
    if (asked_for(Ask::collations)) {
      Witness collations = co_await ask_collations(witness_tools());
      if (auto step = heard(std::move(collations)); !step) co_return step;
    }
    for (const auto& statement : order_.statements) {
      Witness said = co_await ask_statement(witness_tools(), statement);
      if (auto step = heard(std::move(said)); !step) co_return step;
    }
    co_return Step();
  }

  // Before the user's own statements and the other witnesses write anything.
  Task<Step> compare_contents() {
    tell("verify", "comparing content with the source");
    const CopyPlace place{reached_.reached, record_.timeline, control_.system_id};
    ContentAnswer answer = co_await ask_contents(witness_tools(), tools_.hashes, place);
    record_.contents = answer.finding;
    record_.notes.insert(record_.notes.end(), answer.notes.begin(), answer.notes.end());
    co_return heard(std::move(answer.witness));
  }

  Task<Step> promote() {
    if (!order_.promote) co_return Step();
    tell("promote", "promoting the restored server");
    auto promoted = co_await replay_.connection().ask("SELECT pg_promote(true, 600) AS done", order_.limit);
    if (!promoted) {
      if (auto stop = co_await replay_.trouble()) co_return tl::unexpected<Stop>(std::move(*stop));
      co_return could_not_verify("the restored server cannot be promoted: " + promoted.error().what);
    }
    if (!promoted->truth(0, "done").value_or(false))
      co_return could_not_verify("promotion took longer than 10 min");
    co_return Step();
  }

  Task<Step> examine() {
    if (order_.promote) {
      if (auto step = co_await ask_tables(); !step) co_return step;
    }
    if (order_.promote && asked_for(Ask::amcheck)) {
      Witness amcheck = co_await ask_amcheck(witness_tools());
      if (auto step = heard(std::move(amcheck)); !step) co_return step;
    }
    if (asked_for(Ask::checksums)) {
      auto stopped = co_await tools_.ground.stop_server();
      if (!stopped) co_return could_not_verify(stopped.error().what);
      Witness checksums = co_await ask_checksums(witness_tools(), control_.checksums);
      if (auto step = heard(std::move(checksums)); !step) co_return step;
    }
    co_return Step();
  }

  void tell(const std::string& phase, const std::string& what) { tools_.progress(phase, what); }

  void conclude() {
    record_.ended = tools_.clock.wall();
    for (const auto& phase : record_.phases) {
      if (phase.name != "verify") record_.total += phase.took;
    }
    record_.commands = tools_.ground.commands();
    settle(record_, stop_);
  }

  DrillTools& tools_;
  DrillOrder& order_;
  Source& source_;
  ReplayWatch replay_;
  DrillRecord record_;
  Choice choice_;
  ControlData control_;
  Replayed reached_;
  std::string no_history_;  // why it is not known which way the newest timeline came
  std::optional<Stop> stop_;
};

}  // namespace

Task<DrillRecord> run_drill(DrillTools tools, DrillOrder order, Source source) {
  Drill drill(tools, order, source);
  co_return co_await drill.run();
}

}  // namespace outrider::recovery
