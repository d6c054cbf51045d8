#include "agent/net/streams/securing.hpp"

#include <utility>

namespace outrider::net {

core::Task<core::Outcome<std::unique_ptr<Stream>>> secure(StreamClient& client,
                                                          std::unique_ptr<Stream> stream, TlsTrust tls,
                                                          core::Duration limit) {
  auto* const able = dynamic_cast<Securing*>(&client);
  if (able == nullptr)
    co_return core::fail(core::Errc::unsupported, "cannot speak TLS over a connection that stands");
  co_return co_await able->secure(std::move(stream), std::move(tls), limit);
}

}  // namespace outrider::net
