#include "agent/net/h2/service.hpp"

#include "agent/net/h2/conversation.hpp"

namespace outrider::net {

core::Task<void> H2Service::serve(Stream& stream) {
  H2Conversation conversation(*this, stream, co_await boost::asio::this_coro::executor);
  co_await conversation.run();
}

void H2Service::close() {
  is_closing_ = true;
  closing_.ring();
}

}  // namespace outrider::net
