// Waits until the kernel has news for a descriptor that somebody else reads.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/task.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

namespace outrider::sources::journald {

class News {
 public:
  explicit News(const async::Executor& river) : descriptor_(river) {}

  // -1: of nothing. False: it cannot be listened to.
  bool listen_to(int descriptor);
  bool listens() const { return descriptor_.is_open(); }
  core::Task<void> wait();

 private:
  boost::asio::posix::stream_descriptor descriptor_;
};

}  // namespace outrider::sources::journald
