// Bytes that arrive in their own time: the read end of a pipe. Real and simulated alike.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace outrider::os {

// What a source has kept for the agent after this one, until it is said to be safe elsewhere. Used on the
// river that reads the source.
class Keeper {
 public:
  Keeper() = default;
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  virtual ~Keeper() = default;

  virtual const std::string& name() const = 0;  // the same for the next agent, and nobody else's
  virtual std::uint64_t offset() const = 0;     // of the byte that read() gives next, since the process began
  virtual bool all_read() const = 0;            // there is no more, and no more will come
  virtual void go_on_from(std::uint64_t offset) = 0;  // before the first read: what lies before is safe
  virtual void safe_up_to(std::uint64_t offset) = 0;  // what lies before is kept no longer
  virtual void keep(bool wanted) = 0;                 // false: nobody will ever say that it is safe
  // Called, and not too often, when it may be time to ask how much is safe.
  virtual void when_much_is_kept(std::function<void()> tell) = 0;
};

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // At least one byte, or 0 at the end. Belongs to the river of its first read from then on; may be moved
  // to another river before that. Cancellation loses nothing: what was not returned is still there.
  virtual core::Task<core::Outcome<std::size_t>> read(std::span<char> into) = 0;

  // Takes what has come, and keeps it until it is read: for whoever cannot take it now, so that its writer
  // need not wait. False: no more can be kept; read.
  virtual bool gather() { return false; }

  // Null: what was read is gone from here.
  virtual Keeper* keeper() { return nullptr; }
};

}  // namespace outrider::os
