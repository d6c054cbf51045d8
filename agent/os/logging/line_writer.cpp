#include "agent/os/logging/line_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fmt/core.h>

namespace outrider::os {

// O_NONBLOCK belongs to the open file, which our parent shell and our children share: setting it on
// descriptor 2 would break them. An open of our own through /proc has a flag of its own.
LineWriter::LineWriter(int descriptor, std::size_t most_kept_bytes)
    : descriptor_(descriptor), most_kept_bytes_(most_kept_bytes) {
  struct stat about{};
  if (::fstat(descriptor, &about) != 0) return;
  if (S_ISSOCK(about.st_mode)) kind_ = Kind::socket;
  if (!S_ISFIFO(about.st_mode) && ::isatty(descriptor) != 1) return;
  kind_ = Kind::pipe;
  const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
  own_ = Descriptor(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

ssize_t LineWriter::write_some(std::string_view bytes) {
  if (kind_ == Kind::socket) {
    return ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (own_) return ::write(own_.number(), bytes.data(), bytes.size());
  if (kind_ == Kind::pipe) {  // no /proc: a pipe that says it is ready has room for this much
    pollfd room{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, 0) != 1) {
      errno = EAGAIN;
      return -1;
    }
    bytes = bytes.substr(0, PIPE_BUF);
  }
  return ::write(descriptor_, bytes.data(), bytes.size());
}

std::size_t LineWriter::push(std::string_view bytes) {
  std::size_t done = 0;
  broken_ = false;
  while (done < bytes.size()) {
    const ssize_t count = write_some(bytes.substr(done));
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      broken_ = errno != EAGAIN && errno != ENOBUFS;
      break;
    }
  }
  return done;
}

void LineWriter::write(std::string_view line) {
  flush();
  if (kept_.empty()) {
    const std::size_t done = push(line);
    if (done == line.size()) return;
    if (broken_) {
      ++dropped_;
      return;
    }
    if (done > 0) {  // begun, so it must be finished
      kept_ = line.substr(done);
      return;
    }
  }
  if (kept_.size() + line.size() > most_kept_bytes_) {
    ++dropped_;
    return;
  }
  kept_ += line;
}

void LineWriter::flush() {
  if (kept_.empty()) return;
  const std::size_t done = push(kept_);
  kept_.erase(0, done);
  if (!broken_) return;
  dropped_ += static_cast<std::uint64_t>(std::ranges::count(kept_, '\n'));
  kept_.clear();
}

}  // namespace outrider::os
