#include "agent/config/kinds.hpp"
#include "agent/probes/tcp/tcp_probe.hpp"

namespace outrider::probes::tcp {

void enter(Shelf& shelf) {
  const std::function<Maker(std::string)> to_maker = [](std::string address) -> Maker {
    return [address](const Tools& tools) { return make_probe(address, tools); };
  };
  shelf.put(
      {"tcp", "connect to host:port or unix:/path, and hang up", config::endpoint().as<Maker>(to_maker)});
}

}  // namespace outrider::probes::tcp
