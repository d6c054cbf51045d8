#include "agent/probes/tcp/tcp_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/probes/trouble.hpp"

#include <utility>

namespace outrider::probes::tcp {
namespace {

class TcpProbe final : public Probe {
 public:
  TcpProbe(std::string address, const Tools& tools) : address_(std::move(address)), tools_(tools) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    core::Task<core::Outcome<>> touching = tools_.dialer.touch(address_, limit);
    std::string doing = "the connection";
    const core::Outcome<> touched =
        co_await async::with_deadline(tools_.clock, limit, std::move(doing), std::move(touching));
    const core::Duration took = tools_.clock.now() - started;
    if (touched) co_return core::Answer{core::Standing::ok, "connected", took};
    core::Answer answer = answer_from(touched.error(), took);
    // A socket file that is not there is a service that is not there; a name that does not resolve is not.
    const bool no_socket = touched.error().code == core::Errc::not_found && address_.starts_with("unix:");
    if (no_socket) answer.standing = core::Standing::not_ok;
    co_return answer;
  }

  std::string target() const override { return address_; }

 private:
  std::string address_;
  Tools tools_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(std::string address, const Tools& tools) {
  return std::make_unique<TcpProbe>(std::move(address), tools);
}

}  // namespace outrider::probes::tcp
