#include "agent/pipeline/pipeline.hpp"

#include "agent/async/race.hpp"
#include "agent/pipeline/tap/taps.hpp"

#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

// Joins and keeps the first exception, so that the rest can still be ended in order.
async::Task<void> join_all(async::Nursery& nursery, std::exception_ptr& problem) {
  try {
    co_await nursery.join();
  } catch (const std::exception&) {
    // Cancelled is how those end that were not done in time.
    if (!problem && !async::is_cancellation(std::current_exception())) problem = std::current_exception();
  }
}

}  // namespace

Pipeline::Pipeline(const async::Executor& carry, Tools tools, core::Resource resource, Settings settings,
                   Publish publish)
    : tools_(tools),
      resource_(std::move(resource)),
      drain_for_(settings.drain_for),
      publish_(std::move(publish)),
      carry_(carry),
      children_(carry, {.weight = 1024, .when_full = async::WhenFull::refuse}),
      ended_(carry),
      lanes_closed_(carry),
      ledger_(tools.registry),
      parking_(carry, {tools.clock, tools.pool, tools.book, tools.registry}, settings.logs.parked),
      checkpoints_(carry, {tools.clock, tools.pool, tools.log, tools.book, tools.registry}),
      uncounted_(std::make_unique<::prometheus::Registry>()) {
  build(settings);
}

Pipeline::~Pipeline() = default;

sources::Tools Pipeline::source_tools() const {
  return {tools_.clock,
          tools_.random,
          tools_.pool,
          tools_.log,
          tools_.http,
          tools_.registry,
          resource_,
          tools_.installation,
          tools_.watched_files,
          tools_.listeners,
          tools_.listen,
          tools_.slow,
          tools_.service_process,
          tools_.make_database,
          tools_.streams};
}

Carrier::Tools Pipeline::carrier_tools() {
  return {tools_.clock,
          tools_.random,
          tools_.log,
          tools_.registry,
          [this](std::string sink, std::vector<sinks::Refused> refused) {
            return parking_.park(std::move(sink), std::move(refused));
          },
          show_dropped()};
}

Spool::Tools Pipeline::spool_tools() {
  return {tools_.clock, tools_.pool, tools_.log, tools_.book, tools_.registry, ledger_, show_dropped()};
}

bool Pipeline::reads_child() const { return reads_child_; }

bool Pipeline::adopt(sources::ChildOutput child) { return children_.post(std::move(child)); }

async::Task<void> Pipeline::adopt_children() {
  while (auto child = co_await children_.receive()) {
    for (const auto& source : log_sources_) source->adopt(*child);
    unread_->adopt(*child);
  }
}

async::Task<void> Pipeline::tick() {
  for (;;) {
    for (const auto& intake : intakes_) intake->hand_on_due();
    for (const auto& replay : replays_) {
      for (const auto& lane : replay->lanes) lane->hand_on_due();
    }
    if (follow_->following() != nullptr) co_await follow_judgements();
    publish();
    if (tools_.taps != nullptr) tools_.taps->expire();
    co_await tools_.clock.sleep_until(core::second_after(tools_.clock.now()));
  }
}

// Of lines that can be read again; the others have a sink that waits for it. What cannot be written down yet
// is tried again in a second.
async::Task<void> Pipeline::follow_judgements() {
  Following& following = *follow_->following();
  following.judge_due();
  bool some = false;
  for (const auto& replay : replays_) {
    for (const auto& lane : replay->lanes) some = lane->judge_held() || some;
  }
  if (some) {
    auto writing = following.write_down();
    const core::Outcome<> written = co_await std::move(writing);
    if (!written) co_return;
  }
  for (const auto& replay : replays_) {
    for (const auto& lane : replay->lanes) lane->hand_on_judged();
  }
}

void Pipeline::promise(std::vector<tracing::RequestRule> rules) {
  if (traces_) traces_->promise(std::move(rules));
}

// What is in flight is counted where it waits, so that the sum proves something.
void Pipeline::watch_ledger() {
  std::map<const Account*, Amount> waiting;
  for (const auto& carrier : carriers_) waiting.merge(carrier->waiting());
  for (const Spool* const spool : spools()) waiting.merge(spool->waiting());
  for (const Account* account : ledger_.check(waiting)) {
    tools_.log.error(
        "pipeline", "The ledger does not sum to zero",
        {{"source", account->source()}, {"sink", account->sink()}, {"records", account->imbalance()}});
  }
}

void Pipeline::publish() {
  watch_ledger();
  follow_->show();
  if (!publish_) return;
  Snapshot snapshot;
  for (Account& account : ledger_.accounts()) {
    core::StreamStatus status;
    status.source = account.source();
    status.sink = account.sink();
    status.read = account.total_read().records;
    status.delivered = account.total_delivered().records;
    status.dropped = account.total_dropped().records - account.total_left_out().records;
    status.in_flight = account.in_flight().records;
    status.parked = parking_.count(account.sink());
    for (const auto& carrier : carriers_) {
      if (carrier->name() == account.sink()) status.trouble = carrier->trouble();
    }
    snapshot.streams.push_back(std::move(status));
  }
  for (const auto& source : metric_sources_) snapshot.scrapes.push_back(source->status());
  if (traces_) snapshot.traces = traces_->status();
  if (traces_) snapshot.requests = traces_->requests();
  publish_(std::move(snapshot));
}

// However a part ends, run() hears of it: a part that ends by itself is a bug, and must not go unnoticed.
async::Task<void> Pipeline::guarded(async::Task<void> work) {
  struct Told {
    async::Bell& bell;
    ~Told() { bell.ring(); }
  };
  const Told told{ended_};
  co_await std::move(work);
}

async::Task<void> Pipeline::abandon_at(core::Instant when) {
  co_await tools_.clock.sleep_until(when);
  for (const auto& carrier : carriers_) carrier->abandon();
}

// Without the places of last time nothing is read again: to begin anew would be to send everything twice.
async::Task<void> Pipeline::replay(Replay& replay) {
  std::vector<sources::Lane*> lanes;
  for (const auto& lane : replay.lanes) lanes.push_back(lane.get());
  std::vector<async::Task<void>> either;
  either.push_back(replay.source->run(checkpoints_.notebook(replay.source->name()), std::move(lanes)));
  either.push_back(lanes_closed_.wait());  // a source that waits for news asks no lane for room
  co_await async::race_all(std::move(either));
}

void Pipeline::start_sources(async::Nursery& readers) {
  for (std::size_t i = 0; i < log_sources_.size(); ++i) {
    readers.start(guarded(log_sources_[i]->run(*intakes_[i])));
  }
  for (const auto& one : replays_) readers.start(guarded(replay(*one)));
  readers.start(guarded(unread_->run(*nowhere_)));
  if (reception_) readers.start(guarded(reception_->run()));
  if (samples_) readers.start(guarded(samples_->run()));
}

// The river does not stop for what cannot be kept: it is said, and the lines go straight to the sinks.
async::Task<void> Pipeline::open_stores() {
  const core::Outcome<> counted = co_await parking_.open();
  if (!counted) {
    tools_.log.error("pipeline", "Cannot count what is parked",
                     {{"why", counted.error().what}, {"hint", counted.error().hint}});
  }
  if (traces_) co_await traces_->open();
  if (samples_) co_await samples_->open();
  if (spool_) co_await open_spool();
  if (!spool_) co_return;
  auto opening = follow_->open(carrier_tools(), *spool_, [this] { publish(); });
  auto following = co_await std::move(opening);
  if (!following) co_return;
  carriers_.push_back(std::move(following));
}

async::Task<void> Pipeline::open_spool() {
  const core::Outcome<> opened = co_await spool_->open();
  if (opened) co_return;
  tools_.log.error("pipeline", "Cannot read the spool, so lines wait in memory only",
                   {{"why", opened.error().what}, {"hint", opened.error().hint}});
  for (const auto& intake : intakes_) intake->without_spool();
  spool_.reset();
}

std::vector<Spool*> Pipeline::spools() const {
  std::vector<Spool*> all = traces_ ? traces_->spools() : std::vector<Spool*>();
  if (spool_) all.push_back(spool_.get());
  if (follow_->spool() != nullptr) all.push_back(follow_->spool());
  if (samples_ && samples_->spool() != nullptr) all.push_back(samples_->spool());
  return all;
}

async::Task<void> Pipeline::hand_on_rest(Spool& spool) {
  co_await async::finish_within(tools_.clock, drain_for_ / 4, spool.handed_on());
  spool.close();
}

// What waits in them stays there for the next start; what the sinks still take in time, they get.
async::Task<void> Pipeline::end_spools(async::Nursery& spooling, std::exception_ptr& problem) {
  async::Nursery ending(co_await boost::asio::this_coro::executor);
  for (Spool* const spool : spools()) ending.start(hand_on_rest(*spool));
  co_await join_all(ending, problem);
  co_await join_all(spooling, problem);
}

async::Task<void> Pipeline::wait_for_the_end() {
  try {
    co_await ended_.wait();
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted) throw;
  }
}

// Half the time for what the child left in its pipes, the rest for the sinks. Files need no time: what was
// not carried is read again.
async::Task<void> Pipeline::end_sources(async::Nursery& readers, std::exception_ptr& problem) {
  for (const auto& source : log_sources_) source->finish();
  unread_->finish();
  if (reception_) reception_->finish();
  if (traces_) traces_->finish();
  follow_->finish();
  if (samples_) samples_->finish();
  for (const auto& replay : replays_) {
    for (const auto& lane : replay->lanes) lane->close();
  }
  lanes_closed_.ring();
  co_await async::finish_within(tools_.clock, drain_for_ / 2, join_all(readers, problem));
  for (const auto& intake : intakes_) intake->hand_on_rest();
}

async::Task<void> Pipeline::run() {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  if (!replays_.empty()) {
    const core::Outcome<> loaded = co_await checkpoints_.load();
    if (!loaded) {
      tools_.log.error("pipeline", "Cannot read how far the sinks have got, so no file is read",
                       {{"why", loaded.error().what}, {"hint", loaded.error().hint}});
      replays_.clear();
    }
  }
  co_await open_stores();
  async::Nursery carriers(executor), readers(executor), rest(executor), adopting(executor), alarm(executor);
  async::Nursery spooling(executor);
  for (const auto& carrier : carriers_) carriers.start(guarded(carrier->run()));
  for (Spool* const spool : spools()) spooling.start(guarded(spool->run()));
  start_sources(readers);
  for (const auto& source : metric_sources_) rest.start(guarded(source->run(*board_)));
  rest.start(guarded(tick()));
  rest.start(guarded(checkpoints_.run()));
  adopting.start(guarded(adopt_children()));
  co_await wait_for_the_end();
  co_await async::ignore_cancellation();
  std::exception_ptr problem;
  const core::Instant deadline = tools_.clock.now() + drain_for_;
  children_.close();
  co_await join_all(adopting, problem);
  co_await end_sources(readers, problem);
  co_await end_spools(spooling, problem);
  for (const auto& carrier : carriers_) carrier->finish();
  alarm.start(abandon_at(deadline));
  co_await join_all(carriers, problem);
  alarm.cancel();
  rest.cancel();
  co_await join_all(alarm, problem);
  co_await join_all(rest, problem);
  co_await checkpoints_.save();
  for (Spool* const spool : spools()) co_await spool->save();
  publish();
  if (problem) std::rethrow_exception(problem);
}

}  // namespace outrider::pipeline
