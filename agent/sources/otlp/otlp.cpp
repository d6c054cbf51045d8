#include "agent/sources/otlp/otlp.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/race.hpp"
#include "agent/sources/otlp/meters.hpp"
#include "agent/sources/otlp/request.hpp"

#include <atomic>
#include <utility>

#include <fmt/format.h>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;
using telemetry::otlp::Code;

constexpr core::Duration until_listening_again = 10s;
constexpr core::Duration come_again_soon = 1s;    // the disk is busy
constexpr core::Duration come_again_later = 10s;  // there is no room
// Where looking at a body takes less than asking the pool to.
constexpr std::size_t most_looked_at_here = 64 * 1024;

// What all requests at hand hold. Counted in the pool, too.
class Hold {
 public:
  explicit Hold(std::atomic<std::uint64_t>& all) : all_(all) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { all_ -= bytes_; }

  bool add(std::uint64_t bytes, std::uint64_t most) {
    bytes_ += bytes;
    return (all_ += bytes) <= most;
  }

 private:
  std::atomic<std::uint64_t>& all_;
  std::uint64_t bytes_ = 0;
};

class OtlpSource final : public TraceSource {
 public:
  OtlpSource(const Tools& tools, Settings settings)
      : tools_(tools), settings_(std::move(settings)), meters_(tools.registry, "http") {
    // No two lives of an agent have the same, though both begin in one second.
    origin_.generation = static_cast<std::uint32_t>(tools.random.next());
    origin_.began_seconds = telemetry::seconds_of(tools.clock.wall());
    origin_.stream = telemetry::stream_key(tools.installation, trace_stream, origin_.generation);
  }

  core::Task<void> run(KeepingIntake& intake) override {
    intake_ = &intake;
    finished_ = std::make_unique<async::Bell>(co_await boost::asio::this_coro::executor);
    if (is_finished_) co_return;
    std::vector<core::Task<void>> either;
    either.push_back(listen());
    either.push_back(finished_->wait());
    co_await async::race_all(std::move(either));
  }

  void finish() override {
    is_finished_ = true;
    if (finished_) finished_->ring();
  }

 private:
  core::Task<void> listen() {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    for (;;) {
      auto server =
          tools_.listen(executor, options(), [this](const net::Call& call) { return answer(call); });
      if (server) {
        meters_.listening->Set(1);
        const Listening listening(*meters_.listening);
        co_await (*server)->run();
        continue;
      }
      // A port that is in use may be free later; until then the metric and the log say that nothing can come.
      tools_.log.error("sources", "Cannot take spans",
                       {{"why", server.error().what}, {"hint", server.error().hint}});
      co_await tools_.clock.sleep(until_listening_again);
    }
  }

  struct Listening {
    explicit Listening(::prometheus::Gauge& of) : gauge(of) {}
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    ~Listening() { gauge.Set(0); }
    ::prometheus::Gauge& gauge;
  };

  // Twice what one request may bring, packed and unpacked: whatever comes, no more memory than that is taken.
  std::uint64_t most_at_once() const { return 2 * settings_.most_request; }

  net::ServerOptions options() {
    net::ServerOptions options;
    options.listeners.push_back({settings_.http, {}, "otlp"});
    options.limits.body_bytes = settings_.most_request;
    options.limits.all_bodies_bytes = most_at_once();
    options.limits.connections = settings_.connections;
    options.limits.drain_time = 1s;  // what is not committed then comes again
    options.on_served = [this](const net::Served& served) { meters_.answered(served.status); };
    return options;
  }

  core::Task<net::Response> answer(const net::Call& call) {
    const Form form = form_of(call);
    if (const auto refusal = refusal_of(call)) co_return answer_of(*refusal, form);
    Hold hold(at_hand_);
    core::Outcome<Taken> taken = co_await look_at(call, hold);
    if (!taken) co_return unreadable(taken.error(), form);
    const telemetry::otlp::PartialSuccess partial = partly(*taken);
    finish_records(taken->batch);
    auto keeping = intake_->keep(std::move(taken->batch));
    const core::Outcome<> kept = co_await std::move(keeping);
    if (!kept) co_return come_again(kept.error(), form);
    meters_.refused_spans->Increment(static_cast<double>(partial.rejected));
    co_return answer_of(partial, form);
  }

  core::Task<core::Outcome<Taken>> look_at(const net::Call& call, Hold& hold) {
    const auto work = [this, &call, &hold]() -> core::Outcome<Taken> {
      auto taken = take(call, settings_.most_request);
      if (taken && !hold.add(taken->batch.weight(), most_at_once()))
        return core::fail(core::Errc::busy, "cannot take it now: too many requests are at hand");
      return taken;
    };
    const bool is_plain =
        net::header(call.headers, "content-encoding").empty() && form_of(call) == Form::protobuf;
    if (is_plain && call.body.size() <= most_looked_at_here) co_return work();
    co_return co_await async::offload(tools_.pool, work);
  }

  static telemetry::otlp::PartialSuccess partly(const Taken& taken) {
    if (taken.broken == 0) return {};
    const std::uint64_t all = taken.broken + taken.batch.count();
    return {taken.broken, fmt::format("{} of {} spans were not taken: {}", taken.broken, all, taken.why)};
  }

  void finish_records(telemetry::Batch& batch) {
    for (telemetry::Record& record : batch.records) {
      record.origin = origin_;
      record.time = tools_.clock.wall();
      origin_.offset += record.bytes;
    }
  }

  static net::Response unreadable(const core::Error& error, Form form) {
    if (error.code == core::Errc::busy) return come_again(error, form);
    const int status = error.code == core::Errc::exhausted ? 413 : 400;
    return answer_of(Refusal{status, Code::invalid_argument, error.what}, form);
  }

  static net::Response come_again(const core::Error& error, Form form) {
    net::Response response = answer_of(Refusal{503, Code::unavailable, error.what}, form);
    const core::Duration wait = error.code == core::Errc::busy ? come_again_soon : come_again_later;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
    return response;
  }

  Tools tools_;
  Settings settings_;
  Meters meters_;
  telemetry::Origin origin_;  // of the next record
  KeepingIntake* intake_ = nullptr;
  std::atomic<std::uint64_t> at_hand_ = 0;
  bool is_finished_ = false;
  std::unique_ptr<async::Bell> finished_;
};

}  // namespace

std::unique_ptr<TraceSource> make(const Tools& tools, Settings settings) {
  return std::make_unique<OtlpSource>(tools, std::move(settings));
}

}  // namespace outrider::sources::otlp
