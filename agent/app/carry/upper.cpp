#include "agent/app/carry/upper.hpp"

#include "agent/durable/installation.hpp"
#include "agent/sources/child_output/child_output.hpp"

#include <algorithm>
#include <utility>

namespace outrider::app {
namespace {

constexpr std::uint64_t book_margin_bytes = 256u << 20;  // places and notes of the sources, pages half full

}  // namespace

Upper::Upper(World& world, prometheus::Registry& registry, core::Resource resource, Hooks hooks)
    : world_(world),
      registry_(registry),
      resource_(std::move(resource)),
      hooks_(std::move(hooks)),
      pulse_(world.clock, "carry", registry),
      chores_(world.carry, hooks_.part_ended),
      children_(world.carry, {.weight = 1024, .when_full = async::WhenFull::refuse}),
      kept_(world.carry, world.pool),
      taps_(world.clock, world.random, world.log),
      tap_desk_(world.carry, world.clock, taps_),
      answered_(world.carry) {}

bool Upper::adopt(os::Written written) { return children_.post(std::move(written)); }

core::Task<std::shared_ptr<LentStream>> Upper::take_up(std::unique_ptr<os::ByteSource> bytes) {
  if (!bytes) co_return nullptr;
  auto stream = std::make_shared<LentStream>(world_.carry, std::move(bytes));
  if (stream->keeper() == nullptr) co_return stream;
  durable::Book* const book = book_ && book_->outlives_the_agent() ? book_.get() : nullptr;
  co_await kept_.take_up(book, KeptOutput::key_of(installation_, *stream->keeper()), stream);
  co_return stream;
}

// The pipeline of now gets each child: a reload may put another in its place.
core::Task<void> Upper::pass_on_children() {
  while (auto written = co_await children_.receive()) {
    Child fresh;
    fresh.generation = ++generation_;
    fresh.output = co_await take_up(std::move(written->output));
    fresh.errors = co_await take_up(std::move(written->errors));
    child_ = std::move(fresh);
    lend(child_);
  }
}

// What is not written down before it goes on need not be kept: nobody would ever say that it is safe.
sources::ChildStream Upper::lend(const std::shared_ptr<LentStream>& stream, std::string_view name) {
  if (!stream || stream->ended()) return {};
  sources::ChildStream lent;
  if (os::Keeper* const keeper = stream->keeper()) {
    const bool kept = std::ranges::find(written_down_, name) != written_down_.end();
    keeper->keep(kept);
    if (kept) lent.key = KeptOutput::key_of(installation_, *keeper);
    lent.offset = stream->offset();
  }
  lent.bytes = stream->lend();
  return lent;
}

void Upper::lend(const Child& child) {
  sources::ChildOutput lent;
  lent.generation = child.generation;
  lent.output = lend(child.output, sources::child_output::output_stream);
  lent.errors = lend(child.errors, sources::child_output::errors_stream);
  if (!lent.output.bytes && !lent.errors.bytes) return;
  if (!logs_.pipeline->adopt(std::move(lent))) {
    world_.log.error("app", "Cannot read what the child writes: too many starts are waiting");
  }
}

core::Task<void> Upper::run_chores() {
  async::Nursery chores(world_.carry);
  chores.start(pulse_.run());
  chores.start(pass_on_children());
  chores.start(kept_.run(book_));
  co_await chores.join();
}

void Upper::publish(pipeline::Snapshot part, Carries what) {
  pipeline::Snapshot& shown = shown_[static_cast<std::size_t>(what)];
  if (part == shown) return;  // the other river is not woken for what it knows
  shown = std::move(part);
  const auto& [logs, scrapes, samples] = shown_;
  pipeline::Snapshot all = logs;
  all.scrapes.insert(all.scrapes.end(), scrapes.scrapes.begin(), scrapes.scrapes.end());
  all.streams.insert(all.streams.end(), samples.streams.begin(), samples.streams.end());
  hooks_.publish(std::move(all));
}

// Looking at each line costs a little: nobody looks where there is no recorder and no probe that listens.
pipeline::Keep Upper::all_who_hear(const Settings& settings) {
  const bool overheard = std::ranges::any_of(settings.health.probes,
                                             [](const auto& probe) { return probe.second.kind == "log"; });
  if (!hooks_.keep && !overheard) return {};
  return [this](core::WallTime when, std::string_view stream, std::string_view document, bool unterminated) {
    if (hooks_.keep) hooks_.keep(when, stream, document, unterminated);
    if (ears_.anybody()) ears_.hear({world_.clock.now(), world_.clock.wall()}, document);
  };
}

Upper::Part Upper::make_part(pipeline::Settings settings, Carries what, pipeline::Keep keep) {
  const pipeline::Pipeline::Tools tools{world_.clock,
                                        world_.random,
                                        world_.pool,
                                        world_.log,
                                        world_.carry_client,
                                        world_.files,
                                        registry_,
                                        book_ ? *book_ : *no_book_,
                                        installation_,
                                        world_.carry_streams,
                                        world_.watched_files,
                                        world_.carry_listeners,
                                        what == Carries::logs ? &taps_ : nullptr,
                                        std::move(keep),
                                        world_.listen,
                                        world_.slow_calls,
                                        hooks_.service_process,
                                        world_.make_probe_database,
                                        [this] { return gather_metrics(); }};
  if (what == Carries::logs) taps_.forget_points();
  Part part;
  part.pipeline = std::make_shared<pipeline::Pipeline>(
      world_.carry, tools, resource_, std::move(settings),
      [this, what](pipeline::Snapshot snapshot) { publish(std::move(snapshot), what); });
  part.slot = std::make_unique<async::Slot>(world_.carry, hooks_.part_ended);
  return part;
}

namespace {

pipeline::Settings only_logs(const Settings& settings) {
  pipeline::Settings part;
  part.logs = settings.logs;
  part.traces = settings.traces;
  part.traces.promised = slo::requests_of(settings.slo, settings.service.service);
  part.heard = settings.metrics.read;  // at the same addresses
  return part;
}

pipeline::Settings only_metrics(const Settings& settings) {
  pipeline::Settings part;
  part.metrics = settings.metrics.sources;
  return part;
}

pipeline::Settings only_samples(const Settings& settings) {
  pipeline::Settings part;
  part.samples = {settings.metrics.send_to, settings.metrics.spool};
  return part;
}

// A page, the pipeline whose board it shows and the board of the other one, so that a request under way
// outlives a reload.
struct PageAndBoards {
  std::shared_ptr<pipeline::Pipeline> scrapes;
  std::shared_ptr<const telemetry::Board> spans;
  sinks::prometheus::MetricsPage page;
};

core::Task<void> run_pipeline(std::shared_ptr<pipeline::Pipeline> pipeline) { co_await pipeline->run(); }

core::Task<net::Response> answer_from(std::shared_ptr<sinks::prometheus::MetricsPage> page,
                                      const net::Call& call) {
  if (call.path != "/metrics" && call.path != "/") {
    net::Response lost;
    lost.status = 404;
    lost.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    lost.body = "only /metrics is here\n";
    co_return lost;
  }
  co_return co_await page->answer(call);
}

}  // namespace

std::shared_ptr<sinks::prometheus::MetricsPage> Upper::make_page() const {
  telemetry::Labels own;
  if (!resource_.service.empty()) own.push_back({"service", resource_.service});
  if (!resource_.namespace_.empty()) own.push_back({"namespace", resource_.namespace_});
  if (!resource_.environment.empty()) own.push_back({"environment", resource_.environment});
  std::shared_ptr<const telemetry::Board> spans = logs_.pipeline->board();
  const sinks::prometheus::MetricsPage::Tools tools{
      world_.clock, world_.pool, registry_, {spans.get(), scrapes_.pipeline->board().get()}};
  auto all = std::shared_ptr<PageAndBoards>(
      new PageAndBoards{scrapes_.pipeline, std::move(spans), {world_.carry, tools, std::move(own)}});
  return {all, &all->page};
}

core::Outcome<std::unique_ptr<net::Server>> Upper::listen(const Settings& settings) {
  net::ServerOptions options;
  options.listeners.push_back({settings.metrics.listen, settings.metrics.tls, "metrics"});
  options.limits.body_bytes = 0;
  return world_.listen(world_.carry, std::move(options),
                       [this](const net::Call& call) { return answer_from(page_, call); });
}

// On the pool: the disk may be slow.
core::Task<core::Outcome<>> Upper::open_book(const Settings& settings) {
  const bool wanted =
      !settings.logs.read.empty() || settings.traces.listen || !settings.metrics.send_to.empty();
  if (!wanted || book_) co_return core::Outcome<>();
  // Beside the bounds of its parts (of spans: all, and kept ones) there is room for what they are bound by; a
  // reload may bring the others.
  const std::uint64_t most = settings.logs.spool.most_bytes + settings.logs.parked.most_bytes +
                             2 * settings.traces.spool.most_bytes + settings.metrics.spool.most_bytes +
                             book_margin_bytes;
  auto work = [this, most, path = settings.state + "/book"]() -> core::Outcome<> {
    auto opened = world_.open_book(path, {.most_bytes = most});
    if (!opened) return core::fail(opened.error());
    auto name = durable::installation_of(**opened, world_.random);
    if (!name) return core::fail(name.error());
    book_ = std::move(*opened);
    installation_ = std::move(*name);
    return {};
  };
  core::Outcome<> opened = co_await async::offload(world_.pool, work);
  const auto& reads = settings.logs.read;
  const bool needed = std::any_of(reads.begin(), reads.end(), [](const pipeline::ReadSettings& read) {
    return read.source.make_replay != nullptr;
  });
  if (opened || needed) co_return opened;
  // What the child writes is carried all the same.
  world_.log.error(
      "app",
      "Cannot open the book, so lines and samples wait for their destinations in memory only, and nothing "
      "is taken by OTLP",
      {{"why", opened.error().what}, {"hint", opened.error().hint}});
  co_return core::Outcome<>();
}

core::Task<core::Outcome<>> Upper::open(const Settings& settings) {
  const core::Outcome<> book = co_await open_book(settings);
  if (!book) co_return core::fail("logs", book.error());
  if (settings.metrics.listen.empty()) co_return core::Outcome<>();
  auto server = listen(settings);
  if (!server) co_return core::fail("metrics.listen", server.error());
  server_ = std::move(*server);
  metrics_address_ = server_->addresses().front();
  co_return core::Outcome<>();
}

void Upper::make_logs(const Settings& settings) {
  logs_ = make_part(only_logs(settings), Carries::logs, all_who_hear(settings));
  written_down_.clear();
  if (!book_ || !book_->outlives_the_agent()) return;
  for (const pipeline::ReadSettings& read : settings.logs.read) {
    if (!read.source.reads_child) continue;
    written_down_.insert(written_down_.end(), read.source.streams.begin(), read.source.streams.end());
  }
}

core::Task<void> Upper::start(const Settings& settings) {
  make_logs(settings);
  scrapes_ = make_part(only_metrics(settings), Carries::scrapes, {});
  page_ = make_page();
  chores_.start(run_chores());
  logs_.slot->start(run_pipeline(logs_.pipeline));
  scrapes_.slot->start(run_pipeline(scrapes_.pipeline));
  start_samples(settings);
  serve();
  co_return;
}

core::Task<void> Upper::stop() {
  if (samples_.slot) co_await samples_.slot->stop();
  if (scrapes_.slot) co_await scrapes_.slot->stop();
  if (logs_.slot) co_await logs_.slot->stop();
  if (server_slot_) co_await server_slot_->stop();
  co_await chores_.stop();
  co_await kept_.let_go(book_.get());
  server_.reset();
  page_.reset();
  samples_ = {};
  scrapes_ = {};
  logs_ = {};
}

// The old listener goes first: its successor may want the same port.
core::Task<core::Outcome<>> Upper::change_listener(const Settings& from, const Settings& to) {
  if (server_slot_) co_await server_slot_->stop();
  server_.reset();
  server_slot_.reset();
  metrics_address_.clear();
  auto opened = co_await open(to);
  if (!opened) (void)co_await open(from);
  serve();
  co_return opened;
}

void Upper::serve() {
  if (!server_) return;
  server_slot_ = std::make_unique<async::Slot>(world_.carry, hooks_.part_ended);
  server_slot_->start(server_->run());
}

core::Task<core::Outcome<>> Upper::change_scrapes(const Settings& settings) {
  co_await scrapes_.slot->stop();
  scrapes_ = make_part(only_metrics(settings), Carries::scrapes, {});
  page_ = make_page();
  scrapes_.slot->start(run_pipeline(scrapes_.pipeline));
  co_return core::Outcome<>();
}

void Upper::start_samples(const Settings& settings) {
  if (settings.metrics.send_to.empty()) return;
  samples_ = make_part(only_samples(settings), Carries::samples, {});
  samples_.slot->start(run_pipeline(samples_.pipeline));
}

// A reload may put another page in its place meanwhile.
core::Task<std::vector<telemetry::FamilySetPointer>> Upper::gather_metrics() {
  const std::shared_ptr<sinks::prometheus::MetricsPage> page = page_;
  co_return co_await page->sets();
}

core::Task<core::Outcome<>> Upper::change_samples(const Settings& settings) {
  const core::Outcome<> book = co_await open_book(settings);
  if (!book) co_return core::fail("metrics.remote_write", book.error());
  if (samples_.slot) co_await samples_.slot->stop();
  samples_ = {};
  publish({}, Carries::samples);  // nothing is shown of it any more
  start_samples(settings);
  co_return core::Outcome<>();
}

// The living child's output goes from the old pipeline to the new one between two lines.
core::Task<core::Outcome<>> Upper::change_logs(const Settings& settings) {
  const core::Outcome<> book = co_await open_book(settings);
  if (!book) co_return core::fail("logs", book.error());
  if (child_.output) child_.output->take_back();
  if (child_.errors) child_.errors->take_back();
  co_await logs_.slot->stop();
  while (asking_ > 0) co_await answered_.wait();
  // Gone before the new one is made: a series goes with its maker, also where its successor's has the same
  // name.
  logs_ = {};
  make_logs(settings);
  page_ = make_page();
  logs_.slot->start(run_pipeline(logs_.pipeline));
  lend(child_);
  co_return core::Outcome<>();
}

core::Task<void> Upper::change_promises(const Settings& settings) {
  logs_.pipeline->promise(slo::requests_of(settings.slo, settings.service.service));
  co_return;
}

core::Task<core::Outcome<>> Upper::reload_certificates() {
  if (!server_) co_return core::Outcome<>();
  co_return server_->reload_certificates();
}

// A reload waits for the answer: it comes soon, since a pipeline that ends takes nothing any more.
core::Task<core::Outcome<std::string>> Upper::parked(core::ParkedQuestion question) {
  if (!logs_.pipeline) co_return core::fail(core::Errc::unsupported, "no logs are carried");
  struct Asking {
    Upper& upper;
    explicit Asking(Upper& of) : upper(of) { ++upper.asking_; }
    ~Asking() {
      --upper.asking_;
      upper.answered_.ring();
    }
  };
  const Asking asking(*this);
  pipeline::Pipeline& pipeline = *logs_.pipeline;
  auto work = question.drop ? pipeline.drop_parked(question) : pipeline.replay_parked(question);
  co_return co_await std::move(work);
}

}  // namespace outrider::app
