#include "agent/os/lock.hpp"

#include <array>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace outrider::os {
namespace {

class FileLock final : public Lock {
 public:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  ~FileLock() override { ::close(descriptor_); }

 private:
  int descriptor_;
};

std::string holder_in(int descriptor) {
  std::array<char, 128> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "another process" : "pid " + holder;
}

}  // namespace

core::Outcome<std::unique_ptr<Lock>> lock_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return core::fail(core::system_error("cannot open " + path));
  auto lock = std::make_unique<FileLock>(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return core::fail(core::system_error("cannot lock " + path));
    return core::fail(core::Errc::busy, "cannot lock " + path + ": held by " + holder_in(descriptor),
                      "one agent a state directory: stop the other, or give this one its own `state`");
  }
  std::array<char, 65> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  const std::string mark = std::to_string(::getpid()) + " on " + host.data() + "\n";
  // The number is for people; the lock holds without it, also on a full disk.
  if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, mark.data(), mark.size(), 0);
  return lock;
}

}  // namespace outrider::os
