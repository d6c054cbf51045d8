// A file descriptor that is closed with its owner.
#pragma once

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace outrider::os {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

// When we were started with standard descriptors closed, what we open may get their numbers, and a child that
// is given it as another of them would lose it. Empty, with errno set, when there is no other number left.
inline Descriptor above_standard(Descriptor given) {
  if (!given || given.number() > 2) return given;
  return Descriptor(::fcntl(given.number(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace outrider::os
