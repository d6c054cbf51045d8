#include "agent/net/dialer.hpp"

#include "agent/async/race.hpp"
#include "agent/net/wire/connect.hpp"

#include <optional>

namespace outrider::net {
namespace {

using core::Outcome;

class RealDialer final : public Dialer {
 public:
  RealDialer(core::Clock& clock, async::Pool& pool) : clock_(clock), connector_(clock, pool) {}

  core::Task<Outcome<>> touch(std::string address, core::Duration limit) override {
    const auto endpoint = read_endpoint(address);
    if (!endpoint) co_return core::fail(endpoint.error());
    Progress progress;
    Outcome<> outcome;
    core::Task<void> work = connect_and_close(*endpoint, limit, progress, outcome);
    const bool in_time = co_await async::finish_within(clock_, limit, std::move(work));
    if (!in_time) co_return core::fail(progress.timed_out(limit));
    co_return outcome;
  }

 private:
  core::Task<void> connect_and_close(const Endpoint& endpoint, core::Duration limit, Progress& progress,
                                     Outcome<>& outcome) {
    auto socket = co_await connector_.connect(endpoint, limit, progress);
    if (!socket) outcome = core::fail(socket.error());
  }

  core::Clock& clock_;
  Connector connector_;
};

}  // namespace

std::unique_ptr<Dialer> make_dialer(core::Clock& clock, async::Pool& pool) {
  return std::make_unique<RealDialer>(clock, pool);
}

}  // namespace outrider::net
