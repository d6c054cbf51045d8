#include "agent/sources/otlp/http/http_door.hpp"

#include "agent/sources/otlp/request.hpp"

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

}  // namespace

// For as long as it runs.
struct HttpDoor::Opened {
  Opened(HttpDoor& door, std::unique_ptr<net::Server> server) : of(door) { of.server_ = std::move(server); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() { of.server_.reset(); }
  HttpDoor& of;
};

HttpDoor::HttpDoor(const Tools& tools, const Settings& settings, Taking& taking)
    : tools_(tools),
      settings_(settings),
      taking_(taking),
      meters_(tools.registry, "http", {"200", "400", "413", "503"}) {}

core::Task<void> HttpDoor::listen() {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  for (;;) {
    auto server = tools_.listen(executor, options(), [this](const net::Call& call) { return answer(call); });
    if (server) {
      const Meters::Listening listening(meters_);
      const Opened opened(*this, std::move(*server));
      co_await server_->run();
      continue;
    }
    co_await cannot_listen(tools_, server.error());
  }
}

net::ServerOptions HttpDoor::options() {
  net::ServerOptions options;
  options.listeners.push_back({settings_.http, settings_.tls, "otlp"});
  options.limits.body_bytes = settings_.most_request;
  options.limits.all_bodies_bytes = taking_.most_at_once();
  options.limits.connections = settings_.connections;
  options.limits.drain_time = 1s;  // what is not committed then comes again
  options.on_served = [this](const net::Served& served) { meters_.answered(std::to_string(served.status)); };
  return options;
}

core::Task<net::Response> HttpDoor::answer(const net::Call& call) {
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

}  // namespace outrider::sources::otlp
