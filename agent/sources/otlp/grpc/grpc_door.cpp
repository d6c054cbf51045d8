#include "agent/sources/otlp/grpc/grpc_door.hpp"

#include "agent/async/race.hpp"
#include "agent/sources/otlp/grpc/grpc_call.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration most_answer_time = 60s;

}  // namespace

// For as long as it is listened.
struct GrpcDoor::Opened {
  Opened(GrpcDoor& door, std::unique_ptr<net::StreamListener> listener) : of(door) {
    of.door_ = std::move(listener);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() { of.door_.reset(); }
  GrpcDoor& of;
};

GrpcDoor::GrpcDoor(const Tools& tools, DoorSettings settings)
    : Door(tools, std::move(settings), {"0", "3", "8", "14"}) {}

core::Task<void> GrpcDoor::listen() {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  net::H2Limits limits;
  limits.body_bytes = settings_.most_request + 5;  // its frame
  limits.all_bodies_bytes = most_at_once(settings_);
  limits.answer_time = most_answer_time + 5s;  // what is late is answered before
  net::H2Service service(executor, tools_.clock, tools_.log, limits,
                         [this](net::Call& call, net::H2Trouble trouble) { return answer(call, trouble); });
  async::Nursery visitors(executor);
  std::exception_ptr problem;
  try {
    auto accepting = accept(service, visitors);
    co_await std::move(accepting);
  } catch (const std::exception&) {
    problem = std::current_exception();
  }
  co_await async::ignore_cancellation();
  service.close();
  co_await visitors.join();
  if (problem) std::rethrow_exception(problem);
}

core::Task<void> GrpcDoor::accept(net::H2Service& service, async::Nursery& visitors) {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  std::optional<net::TlsFiles> tls = settings_.tls;
  if (tls) tls->speaks_http2 = true;
  for (;;) {
    auto door = tools_.listeners.listen(executor, settings_.address, tls);
    if (!door) {
      co_await cannot_listen(door.error());
      continue;
    }
    const Meters::Listening listening(meters_);
    const Opened opened(*this, std::move(*door));
    for (;;) {
      auto caller = co_await door_->accept();
      if (open_ >= settings_.connections) continue;  // it is closed, and comes again
      visitors.start(attend(service, std::move(caller)));
    }
  }
}

core::Task<void> GrpcDoor::attend(net::H2Service& service, std::unique_ptr<net::Stream> caller) {
  ++open_;
  struct Leaving {
    std::size_t& open;
    ~Leaving() { --open; }
  };
  const Leaving leaving{open_};
  // One connection's trouble must not end the others.
  std::string problem;
  try {
    auto serving = service.serve(*caller);
    co_await std::move(serving);
  } catch (const std::exception& thrown) {
    if (async::is_cancellation(std::current_exception())) throw;
    problem = thrown.what();
  }
  if (!problem.empty()) tools_.log.warn("sources", "A connection ended in trouble", {{"why", problem}});
}

core::Task<net::H2Reply> GrpcDoor::answer(net::Call& call, net::H2Trouble trouble) {
  net::H2Reply reply;
  if (trouble == net::H2Trouble::too_long) {
    reply = grpc_error(GrpcStatus::resource_exhausted, "cannot take it: it is larger than `most_request`");
  } else if (trouble == net::H2Trouble::crowded) {
    reply = grpc_error(GrpcStatus::unavailable, "cannot take it now: too many requests are at hand", 1s);
  } else {
    auto answering = answer_in_time(call);
    reply = co_await std::move(answering);
  }
  const std::string_view status = net::header(reply.trailers, "grpc-status");
  meters_.answered(status.empty() ? std::to_string(reply.status) : std::string(status));
  co_return reply;
}

core::Task<net::H2Reply> GrpcDoor::answer_in_time(net::Call& call) {
  const core::Duration limit = std::min(grpc_timeout(call).value_or(most_answer_time), most_answer_time);
  if (!is_grpc(call)) co_return not_grpc();
  Taking* const taking = taking_at(&SignalKind::method, call.path);
  if (taking == nullptr) {
    const std::string taken = all(&SignalKind::call);
    co_return grpc_error(GrpcStatus::unimplemented,
                         "only " + taken + " can be called here, not " + call.path);
  }
  if (auto refusal = unwrap(call)) co_return std::move(*refusal);
  auto taking_in = taking->take_in(call);
  const auto verdict = co_await async::with_deadline(tools_.clock, limit, std::move(taking_in));
  if (!verdict) co_return grpc_error(GrpcStatus::deadline_exceeded, "it took longer than its sender waits");
  count(*verdict, taking->kind());
  co_return grpc_answer(*verdict);
}

}  // namespace outrider::sources::otlp
