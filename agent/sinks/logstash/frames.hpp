// Lumberjack, version 2, as bytes: windows of events out, acknowledgements in.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/telemetry/packer.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace outrider::sinks::logstash {

// Whether its text is what an event can be made of.
bool is_document(const telemetry::Record& record);

// The record's document with `@metadata` at its end, so that ours is the one that counts.
void append_event(std::string& out, const telemetry::Record& record);

// A whole window: how many come, then the events numbered from 1, within one compressed frame where `packer`
// is given.
std::string make_window(std::span<const telemetry::Record* const> records, telemetry::Packer* packer);

// Reads what comes back, in pieces of any size.
class AckReader {
 public:
  void expect(std::uint32_t window);  // so many were sent, and nothing of them is acknowledged

  // An error is one of the other side, and the end of the connection.
  core::Outcome<> take(std::string_view bytes);

  std::uint32_t acknowledged() const { return acknowledged_; }  // of the window
  std::uint64_t keep_alives() const { return keep_alives_; }    // that said nothing new, ever

 private:
  core::Outcome<> take_frame();

  std::uint32_t window_ = 0;
  std::uint32_t acknowledged_ = 0;
  std::uint64_t keep_alives_ = 0;
  std::string frame_;  // begun
};

}  // namespace outrider::sinks::logstash
