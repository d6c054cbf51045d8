#include "agent/os/starting/pipe_source.hpp"

#include "agent/async/executor.hpp"

#include <cerrno>
#include <optional>

#include <fcntl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::os {
namespace {

// A burst of log lines must not stop the service while we are busy for a moment.
constexpr int wanted_pipe_bytes = 256 * 1024;

// A source that always has bytes must let the rest of its river have a turn.
constexpr unsigned reads_without_a_break = 16;

class PipeSource final : public ByteSource {
 public:
  explicit PipeSource(Descriptor read_end) : unbound_(std::move(read_end)) {}

  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
    if (!bound_) bound_.emplace(co_await boost::asio::this_coro::executor, unbound_.release());
    // Before the read and not after it: being cancelled here loses nothing.
    if (++reads_ % reads_without_a_break == 0) co_await async::yield_turn();
    for (;;) {
      const ssize_t count = ::read(bound_->native_handle(), into.data(), into.size());
      if (count >= 0) co_return static_cast<std::size_t>(count);
      if (errno == EINTR) continue;
      if (errno != EAGAIN) co_return core::fail(core::system_error("cannot read from a pipe"));
      co_await bound_->async_wait(boost::asio::posix::descriptor_base::wait_read, boost::asio::use_awaitable);
    }
  }

 private:
  Descriptor unbound_;
  std::optional<boost::asio::posix::stream_descriptor> bound_;
  unsigned reads_ = 0;
};

}  // namespace

core::Outcome<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return core::fail(core::system_error("cannot make a pipe"));
  Descriptor first(ends[0]);
  Descriptor second(ends[1]);
  Pipe pipe{.read_end = above_standard(std::move(first)), .write_end = above_standard(std::move(second))};
  if (!pipe.read_end || !pipe.write_end) return core::fail(core::system_error("cannot make a pipe"));
  ::fcntl(pipe.read_end.number(), F_SETPIPE_SZ, wanted_pipe_bytes);  // the usual size will do, too
  ::fcntl(pipe.read_end.number(), F_SETFL, O_NONBLOCK);              // of this end only
  return pipe;
}

std::unique_ptr<ByteSource> make_pipe_source(Descriptor read_end) {
  return std::make_unique<PipeSource>(std::move(read_end));
}

}  // namespace outrider::os
