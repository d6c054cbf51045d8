#include "agent/sources/otlp/otlp.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/race.hpp"
#include "agent/sources/otlp/grpc/grpc_door.hpp"
#include "agent/sources/otlp/meters.hpp"
#include "agent/sources/otlp/request.hpp"
#include "agent/sources/otlp/taking.hpp"

#include <utility>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration until_listening_again = 10s;

// A port that is in use may be free later; until then the metric and the log say that nothing can come.
core::Task<void> cannot_listen(const Tools& tools, const core::Error& error) {
  tools.log.error("sources", "Cannot take spans", {{"why", error.what}, {"hint", error.hint}});
  co_await tools.clock.sleep(until_listening_again);
}

class HttpDoor {
 public:
  HttpDoor(const Tools& tools, const Settings& settings, Taking& taking)
      : tools_(tools),
        settings_(settings),
        taking_(taking),
        meters_(tools.registry, "http", {"200", "400", "413", "503"}) {}

  core::Task<void> listen() {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    for (;;) {
      auto server =
          tools_.listen(executor, options(), [this](const net::Call& call) { return answer(call); });
      if (server) {
        const Meters::Listening listening(meters_);
        co_await (*server)->run();
        continue;
      }
      co_await cannot_listen(tools_, server.error());
    }
  }

 private:
  net::ServerOptions options() {
    net::ServerOptions options;
    options.listeners.push_back({settings_.http, {}, "otlp"});
    options.limits.body_bytes = settings_.most_request;
    options.limits.all_bodies_bytes = taking_.most_at_once();
    options.limits.connections = settings_.connections;
    options.limits.drain_time = 1s;  // what is not committed then comes again
    options.on_served = [this](const net::Served& served) {
      meters_.answered(std::to_string(served.status));
    };
    return options;
  }

  core::Task<net::Response> answer(const net::Call& call) {
    const Form form = form_of(call);
    if (const auto refusal = refusal_of(call)) co_return answer_of(*refusal, form);
    auto taking = taking_.take_in(call);
    const Verdict verdict = co_await std::move(taking);
    meters_.refused_spans->Increment(static_cast<double>(verdict.partial.rejected));
    if (!verdict.refusal) co_return answer_of(verdict.partial, form);
    net::Response response = answer_of(*verdict.refusal, form);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(verdict.come_again).count();
    if (seconds > 0) response.headers.emplace_back("Retry-After", std::to_string(seconds));
    co_return response;
  }

  Tools tools_;
  const Settings& settings_;
  Taking& taking_;
  Meters meters_;
};

class OtlpSource final : public TraceSource {
 public:
  OtlpSource(const Tools& tools, Settings settings)
      : tools_(tools), settings_(std::move(settings)), taking_(tools, settings_.most_request) {
    if (!settings_.http.empty()) http_ = std::make_unique<HttpDoor>(tools, settings_, taking_);
    if (!settings_.grpc.empty()) grpc_ = std::make_unique<GrpcDoor>(tools, settings_, taking_);
  }

  core::Task<void> run(KeepingIntake& intake) override {
    taking_.begin(intake);
    finished_ = std::make_unique<async::Bell>(co_await boost::asio::this_coro::executor);
    if (is_finished_) co_return;
    std::vector<core::Task<void>> doors;
    doors.push_back(finished_->wait());
    if (http_) doors.push_back(http_->listen());
    if (grpc_) doors.push_back(grpc_->listen());
    co_await async::race_all(std::move(doors));
  }

  void finish() override {
    is_finished_ = true;
    if (finished_) finished_->ring();
  }

 private:
  Tools tools_;
  Settings settings_;
  Taking taking_;
  std::unique_ptr<HttpDoor> http_;
  std::unique_ptr<GrpcDoor> grpc_;
  bool is_finished_ = false;
  std::unique_ptr<async::Bell> finished_;
};

}  // namespace

std::unique_ptr<TraceSource> make(const Tools& tools, Settings settings) {
  return std::make_unique<OtlpSource>(tools, std::move(settings));
}

}  // namespace outrider::sources::otlp
