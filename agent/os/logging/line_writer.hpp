// Writes lines to a descriptor without ever waiting for who reads it. What does not fit now is kept, up to a
// bound, and then dropped and counted: whole lines, never torn ones.
#pragma once

#include "agent/os/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::os {

class LineWriter {
 public:
  explicit LineWriter(int descriptor, std::size_t most_kept_bytes = 64UL * 1024);

  void write(std::string_view line);  // with its newline
  void flush();

  bool is_behind() const { return !kept_.empty(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  enum class Kind { file, socket, pipe };

  // How many bytes went out; -1 with errno set, EAGAIN when it would wait.
  ssize_t write_some(std::string_view bytes);
  // How many bytes went out; the rest could not now. `broken_` when it never will.
  std::size_t push(std::string_view bytes);

  int descriptor_;
  Kind kind_ = Kind::file;
  Descriptor own_;  // the same pipe or terminal, opened anew: non-blocking for us, and for nobody else
  std::size_t most_kept_bytes_;
  std::string kept_;
  std::uint64_t dropped_ = 0;
  bool broken_ = false;
};

}  // namespace outrider::os
