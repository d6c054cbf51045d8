// The read end of a pipe as a ByteSource.
#pragma once

#include "agent/os/descriptor.hpp"
#include "agent/os/stream.hpp"

#include <memory>

namespace outrider::os {

struct Pipe {
  Descriptor read_end;   // non-blocking
  Descriptor write_end;  // blocking, as a program expects its output to be
};

// Both ends close-on-exec, and never one of the numbers 0 to 2.
core::Outcome<Pipe> make_pipe();

std::unique_ptr<ByteSource> make_pipe_source(Descriptor read_end);

}  // namespace outrider::os
