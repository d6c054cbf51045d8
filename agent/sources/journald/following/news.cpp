#include "agent/sources/journald/following/news.hpp"

#include <fcntl.h>

#include <boost/asio/use_awaitable.hpp>

namespace outrider::sources::journald {

bool News::listen_to(int descriptor) {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  if (descriptor < 0) return false;
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);  // the library closes its own when it likes
  if (own < 0) return false;
  descriptor_.assign(own, ignored);
  return descriptor_.is_open();
}

core::Task<void> News::wait() {
  co_await descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read, boost::asio::use_awaitable);
}

}  // namespace outrider::sources::journald
