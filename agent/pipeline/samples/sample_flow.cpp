#include "agent/pipeline/samples/sample_flow.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/pipeline/spool/arrival.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using telemetry::remote_write::Portion;
using telemetry::remote_write::View;

constexpr core::Duration before_the_first = 1s;      // what is scraped has come by then
constexpr std::uint64_t batch_bytes = 1u << 20;      // packed
constexpr std::uint64_t in_memory_bytes = 8u << 20;  // where nothing can be kept on a disk

// As if Prometheus had scraped us; what the user says goes before.
View complete(View view, const core::Resource& resource) {
  const auto add = [&view](const char* name, const std::string& value) {
    if (value.empty() || std::ranges::count(view.labels, name, &telemetry::Label::name) > 0) return;
    view.labels.push_back({name, value});
  };
  add("job", "outrider");
  add("instance", resource.instance);
  return view;
}

telemetry::FamilySetPointer up() {
  telemetry::FamilyWriter writer;
  writer.put(
      writer.family("up", telemetry::MetricType::gauge, "1: whoever is asked for its metrics gives them."),
      1);
  return std::make_shared<const telemetry::FamilySet>(writer.take());
}

std::int64_t milliseconds_of(core::WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

::prometheus::Counter& skipped(::prometheus::Registry& registry, const char* why) {
  return ::prometheus::BuildCounter()
      .Name("outrider_remote_write_skipped_total")
      .Help("Times at which samples should have been taken and were not.")
      .Register(registry)
      .Add({{"why", why}});
}

}  // namespace

SampleFlow::SampleFlow(const async::Executor& carry, Tools tools, const SampleSettings& settings,
                       const core::Resource& resource, const std::vector<Destination>& destinations)
    : carry_(carry),
      tools_(std::move(tools)),
      closing_(carry),
      clock_went_back_(skipped(tools_.spool.registry, "clock")),
      came_late_(skipped(tools_.spool.registry, "late")) {
  std::vector<View> views;
  telemetry::Routes routes;
  for (const sinks::MetricPlan& plan : settings.send_to) {
    const View view = complete(plan.view, resource);
    const auto known = std::ranges::find(views, view);
    const auto place = static_cast<std::size_t>(known - views.begin());
    if (known == views.end()) {
      views.push_back(view);
      routes.emplace_back();
      takings_.push_back(std::make_unique<Taking>(view));
    }
    routes[place].push_back(plan.plan.name);
  }
  if (views.size() > 1) {
    routes_ = std::make_shared<const telemetry::Routes>(std::move(routes));
    for (std::size_t i = 0; i < takings_.size(); ++i) takings_[i]->route = static_cast<std::uint8_t>(i + 1);
  }
  SpoolSettings bound = settings.spool;
  if (!tools_.spool.book.outlives_the_agent()) bound.most_bytes = std::min(bound.most_bytes, in_memory_bytes);
  spool_ = std::make_unique<Spool>(carry, tools_.spool, sample_spool, bound, destinations);
}

async::Task<void> SampleFlow::open() {
  const core::Outcome<> opened = co_await spool_->open();
  if (opened) co_return;
  tools_.spool.log.error("pipeline", "Cannot read the spool, so no samples are sent",
                         {{"why", opened.error().what}, {"hint", opened.error().hint}});
  spool_.reset();
}

async::Task<void> SampleFlow::run() {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  async::Nursery all(executor);
  for (const auto& taking : takings_) all.start(take_now_and_then(*taking));
  co_await all.join();
}

void SampleFlow::finish() {
  finished_ = true;
  closing_.ring();
}

async::Task<void> SampleFlow::wait_until(core::Instant when) {
  if (!finished_ && when > tools_.spool.clock.now())
    (void)co_await closing_.wait_until(tools_.spool.clock, when);
}

async::Task<void> SampleFlow::take_now_and_then(Taking& taking) {
  core::Clock& clock = tools_.spool.clock;
  core::Instant next = clock.now() + std::min(taking.every, before_the_first);
  while (spool_ && !finished_) {
    co_await wait_until(next);
    if (finished_) break;
    co_await take(taking);
    for (next += taking.every; next + taking.every <= clock.now(); next += taking.every)
      came_late_.Increment();
  }
}

async::Task<void> SampleFlow::take(Taking& taking) {
  std::vector<telemetry::FamilySetPointer> sets = co_await tools_.gather();
  sets.insert(sets.begin(), up());
  const core::WallTime time = tools_.spool.clock.wall();
  const std::int64_t now = milliseconds_of(time);
  if (now <= taking.last) {  // a receiver would refuse what is older than what it has
    clock_went_back_.Increment();
    co_return;
  }
  taking.last = now;
  const auto work = [&taking, &sets, now] { return taking.writer.write(std::move(sets), now); };
  const std::vector<Portion> portions = co_await async::offload(tools_.spool.pool, work);
  for (std::size_t next = 0; next < portions.size();) {
    telemetry::Batch batch = batch_of(portions, next, taking, time);
    co_await keep(std::move(batch), taking.every);
  }
}

// The next batch is not made before this one is on the disk, so that little waits in memory, and no two
// samples of a series are in one batch; but it is not waited for longer than until the next are due.
async::Task<void> SampleFlow::keep(telemetry::Batch batch, core::Duration patience) {
  auto arrival = expect_arrival(carry_, batch);
  spool_->append(std::move(batch));
  if (finished_) co_return;
  async::Task<void> arriving = wait_for_either(std::move(arrival));
  co_await async::finish_within(tools_.spool.clock, patience, std::move(arriving));
}

async::Task<void> SampleFlow::wait_for_either(std::shared_ptr<Arrival> arrival) {
  std::vector<async::Task<void>> either;
  either.push_back(wait_for(std::move(arrival)));
  either.push_back(closing_.wait());
  co_await async::race_all(std::move(either));
}

telemetry::Batch SampleFlow::batch_of(const std::vector<Portion>& portions, std::size_t& next,
                                      const Taking& taking, core::WallTime time) const {
  std::size_t bytes = 0, end = next;
  while (end < portions.size() && (end == next || bytes + portions[end].packed.size() <= batch_bytes))
    bytes += portions[end++].packed.size();
  telemetry::Batch batch;
  batch.stream = sample_stream;
  batch.routes = routes_;
  auto chunk = std::make_shared<telemetry::Chunk>(bytes);
  for (; next < end; ++next) {
    const Portion& portion = portions[next];
    telemetry::Record& record = batch.records.emplace_back();
    record.text = {chunk->end(), portion.packed.size()};
    std::memcpy(chunk->end(), portion.packed.data(), portion.packed.size());
    chunk->grow(portion.packed.size());
    record.bytes = portion.bytes;
    record.count = portion.samples;
    record.time = time;
    record.route = taking.route;
  }
  batch.chunks.push_back(std::move(chunk));
  return batch;
}

}  // namespace outrider::pipeline
