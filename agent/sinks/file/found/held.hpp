// What the file held already when the agent began: after a crash the last second or so of what was delivered
// is read again from its source, and must not stand here twice. Told by the id that each document has in it.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/telemetry/record.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sinks::file {

class Held {
 public:
  // How far from its end the file is looked through, rotated ones before it included: more than can be
  // delivered between two times that the places are saved.
  static constexpr std::uint64_t window_bytes = 64u << 20;

  // Looks through `path`, then path.1 … while the window is not full. Blocks.
  static Held read(os::Files& files, const std::string& path, std::uint32_t keep);

  bool has(const telemetry::Origin& origin) const;
  // How many were looked for and are safe now, and whether any was there: when none has come for long, the
  // ids are let go.
  void looked_for(std::uint64_t records, bool found, core::Instant now);
  bool empty() const { return ids_.empty(); }
  // Whether there are lines of an agent in it.
  bool is_ours() const { return ours_; }

 private:
  using Id = std::array<char, telemetry::document_id_length>;

  std::uint64_t look_through(os::Files& files, const std::string& path, std::uint64_t most_bytes);
  void note(std::string_view document);

  std::vector<Id> ids_;  // in order once read
  bool ours_ = false;
  std::uint64_t missed_ = 0;
  std::optional<core::Instant> quiet_since_;
};

}  // namespace outrider::sinks::file
