// Somebody who looks at what a chain makes of each record, while the river goes on.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <span>

namespace outrider::transforms {

class Onlooker {
 public:
  // No: it costs one question a batch. Count: somebody looks, and has no room for more now: no notes are
  // made.
  enum class Look { no, count, closely };

  Onlooker() = default;
  Onlooker(const Onlooker&) = delete;
  Onlooker& operator=(const Onlooker&) = delete;
  virtual ~Onlooker() = default;

  virtual Look look() const = 0;
  // The record's text is its document.
  virtual void went_on(const Event& event, const telemetry::Record& record, std::span<const Note> notes) = 0;
  // As it was left: what must not leave the machine is still in it.
  virtual void left_out(const Event& event, Onward why, std::span<const Note> notes) = 0;
};

}  // namespace outrider::transforms
