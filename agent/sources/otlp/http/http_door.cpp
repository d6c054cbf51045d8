#include "agent/sources/otlp/http/http_door.hpp"

#include "agent/sources/otlp/taking/request.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::sources::otlp {

using namespace std::chrono_literals;

// For as long as it runs.
struct HttpDoor::Opened {
  Opened(HttpDoor& door, std::unique_ptr<net::Server> server) : of(door) { of.server_ = std::move(server); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() { of.server_.reset(); }
  HttpDoor& of;
};

HttpDoor::HttpDoor(const Tools& tools, DoorSettings settings)
    : Door(tools, std::move(settings), {"200", "400", "413", "503"}) {}

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
    co_await cannot_listen(server.error());
  }
}

net::ServerOptions HttpDoor::options() {
  net::ServerOptions options;
  options.listeners.push_back({settings_.address, settings_.tls, "otlp"});
  options.limits.body_bytes = settings_.most_request;
  options.limits.all_bodies_bytes = most_at_once(settings_);
  options.limits.connections = settings_.connections;
  options.limits.drain_time = 1s;  // what is not committed then comes again
  options.on_served = [this](const net::Served& served) { meters_.answered(std::to_string(served.status)); };
  return options;
}

core::Task<net::Response> HttpDoor::answer(const net::Call& call) {
  const Form form = form_of(call);
  Taking* const taking = taking_at(&SignalKind::path, call.path);
  if (taking == nullptr) {
    co_return answer_of(
        Refusal{404, telemetry::otlp::Code::unimplemented,
                fmt::format("only {} are taken here, at {}", all(&SignalKind::name), all(&SignalKind::path))},
        form);
  }
  if (const auto refusal = refusal_of(call, taking->kind())) co_return answer_of(*refusal, form);
  auto taking_in = taking->take_in(call);
  const Verdict verdict = co_await std::move(taking_in);
  count(verdict, taking->kind());
  if (!verdict.refusal) co_return answer_of(verdict.partial, taking->kind(), form);
  net::Response response = answer_of(*verdict.refusal, form);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(verdict.come_again).count();
  if (seconds > 0) response.headers.emplace_back("Retry-After", std::to_string(seconds));
  co_return response;
}

}  // namespace outrider::sources::otlp
