#include "agent/pipeline/pipeline.hpp"

#include "agent/async/race.hpp"

#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace outrider::pipeline {

// What a log source feeds: the chain of what is done to its lines, and its streams' accounts with every sink.
class Pipeline::Intake final : public sources::Intake {
 public:
  Intake(core::Clock& clock, std::unique_ptr<transforms::Chain> chain,
         const std::vector<std::string>& streams, const std::vector<std::unique_ptr<Carrier>>& carriers,
         Ledger& ledger)
      : clock_(clock), chain_(std::move(chain)) {
    for (const auto& stream : streams) {
      auto& routes = routes_[stream];
      for (const auto& carrier : carriers)
        routes.push_back({carrier.get(), &ledger.open(stream, carrier->name())});
    }
  }

  void take(telemetry::Batch batch) override {
    if (!routes_.contains(batch.stream) || batch.records.empty()) return;
    chain_->apply(batch, clock_.now());
    hand_on(std::move(batch));
  }

  // Lines that have waited long enough for the rest of themselves.
  void hand_on_due() { hand_on_all(chain_->due(clock_.now())); }
  // Nothing more is read.
  void hand_on_rest() { hand_on_all(chain_->rest()); }

 private:
  struct Route {
    Carrier* carrier;
    Account* account;
  };

  void hand_on_all(std::vector<telemetry::Batch> batches) {
    for (telemetry::Batch& batch : batches) hand_on(std::move(batch));
  }

  // A record is read once it is whole: a line that waits for its rest is in nobody's books yet.
  void hand_on(telemetry::Batch batch) {
    if (batch.records.empty()) return;
    const Amount amount{batch.records.size(), batch.bytes()};
    const auto shared = std::make_shared<const telemetry::Batch>(std::move(batch));
    for (const auto& [carrier, account] : routes_.at(shared->stream)) {
      account->read(amount);
      carrier->push(shared, *account);
    }
  }

  core::Clock& clock_;
  std::unique_ptr<transforms::Chain> chain_;
  std::map<std::string, std::vector<Route>> routes_;
};

Pipeline::Pipeline(const async::Executor& carry, Tools tools, core::Resource resource, Settings settings,
                   Publish publish)
    : tools_(tools),
      resource_(std::move(resource)),
      drain_for_(settings.drain_for),
      publish_(std::move(publish)),
      carry_(carry),
      children_(carry, {.weight = 1024, .when_full = async::WhenFull::refuse}),
      ended_(carry),
      ledger_(tools.registry) {
  build(settings);
}

Pipeline::~Pipeline() = default;

void Pipeline::build(const Settings& settings) {
  const sinks::Tools sink_tools{tools_.clock,    tools_.pool, tools_.files, tools_.log,
                                tools_.registry, tools_.http, tools_.random};
  for (const auto& plan : settings.logs.send_to) {
    const Carrier::Tools tools{tools_.clock, tools_.random, tools_.log, tools_.registry};
    carriers_.push_back(std::make_unique<Carrier>(carry_, tools, plan.make(sink_tools), plan.buffer_bytes,
                                                  plan.when_full, [this] { publish(); }));
  }
  const sources::Tools source_tools{tools_.clock, tools_.random,   tools_.pool, tools_.log,
                                    tools_.http,  tools_.registry, resource_,   {}};
  for (const auto& read : settings.logs.read) {
    log_sources_.push_back(read.source.make(source_tools));
    auto chain = std::make_unique<transforms::Chain>(transforms::Tools{resource_, tools_.registry},
                                                     plan_of(settings.logs, read));
    intakes_.push_back(std::make_unique<Intake>(tools_.clock, std::move(chain),
                                                log_sources_.back()->streams(), carriers_, ledger_));
    reads_child_ = true;
  }
  for (const auto& make : settings.scrape) metric_sources_.push_back(make(source_tools));
  unread_ = sources::make_drain();
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
    publish();
    co_await tools_.clock.sleep(std::chrono::seconds(1));
  }
}

// What is in flight is counted where it waits, so that the sum proves something.
void Pipeline::watch_ledger() {
  std::map<const Account*, Amount> waiting;
  for (const auto& carrier : carriers_) waiting.merge(carrier->waiting());
  for (const Account* account : ledger_.check(waiting)) {
    tools_.log.error(
        "pipeline", "The ledger does not sum to zero",
        {{"source", account->source()}, {"sink", account->sink()}, {"records", account->imbalance()}});
  }
}

void Pipeline::publish() {
  watch_ledger();
  if (!publish_) return;
  Snapshot snapshot;
  for (Account& account : ledger_.accounts()) {
    core::StreamStatus status;
    status.source = account.source();
    status.sink = account.sink();
    status.read = account.total_read().records;
    status.delivered = account.total_delivered().records;
    status.dropped = account.total_dropped().records;
    status.in_flight = account.in_flight().records;
    for (const auto& carrier : carriers_) {
      if (carrier->name() == account.sink()) status.trouble = carrier->trouble();
    }
    snapshot.streams.push_back(std::move(status));
  }
  for (const auto& source : metric_sources_) snapshot.scrapes.push_back(source->status());
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

async::Task<void> Pipeline::run() {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  async::Nursery carriers(executor), readers(executor), rest(executor), adopting(executor), alarm(executor);
  for (const auto& carrier : carriers_) carriers.start(guarded(carrier->run()));
  for (std::size_t i = 0; i < log_sources_.size(); ++i) {
    readers.start(guarded(log_sources_[i]->run(*intakes_[i])));
  }
  Intake nowhere(tools_.clock, nullptr, {}, carriers_, ledger_);
  readers.start(guarded(unread_->run(nowhere)));
  for (const auto& source : metric_sources_) rest.start(guarded(source->run(board_)));
  rest.start(guarded(tick()));
  adopting.start(guarded(adopt_children()));
  try {
    co_await ended_.wait();
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted) throw;
  }
  co_await async::ignore_cancellation();
  std::exception_ptr problem;
  const core::Instant deadline = tools_.clock.now() + drain_for_;
  children_.close();
  co_await join_all(adopting, problem);
  for (const auto& source : log_sources_) source->finish();
  unread_->finish();
  // Half the time for what the child left in its pipes, the rest for the sinks.
  co_await async::finish_within(tools_.clock, drain_for_ / 2, join_all(readers, problem));
  for (const auto& intake : intakes_) intake->hand_on_rest();
  for (const auto& carrier : carriers_) carrier->finish();
  alarm.start(abandon_at(deadline));
  co_await join_all(carriers, problem);
  alarm.cancel();
  rest.cancel();
  co_await join_all(alarm, problem);
  co_await join_all(rest, problem);
  publish();
  if (problem) std::rethrow_exception(problem);
}

}  // namespace outrider::pipeline
