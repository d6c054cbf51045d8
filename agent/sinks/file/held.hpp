// What the file held already when the agent began: after a crash the last second or so of what was delivered
// is read again from its source, and must not stand here twice. Told by the place that each document names.
#pragma once

#include "agent/os/files.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sinks::file {

class Held {
 public:
  // How far from its end the file is looked through, rotated ones before it included: more than can be
  // delivered between two times that the places are saved.
  static constexpr std::uint64_t window_bytes = 64u << 20;

  // Looks through `path`, then path.1 … while the window is not full. Blocks.
  static Held read(os::Files& files, const std::string& path, std::uint32_t keep);

  // Whether this record of a file, as `stream` names it, is there.
  bool has(std::string_view stream, const telemetry::Origin& origin) const;
  // How many were looked for and are safe now, and whether any was there: when none comes any more, the
  // places are let go.
  void looked_for(std::uint64_t records, bool found);
  bool empty() const { return places_.empty(); }

 private:
  using Part = std::pair<std::string, std::uint32_t>;  // path and generation

  std::uint64_t look_through(os::Files& files, const std::string& path, std::uint64_t most_bytes);
  void note(std::string_view document);

  std::uint64_t missed_ = 0;
  std::map<Part, std::vector<std::uint64_t>> places_;  // offsets, in order once read
};

}  // namespace outrider::sinks::file
