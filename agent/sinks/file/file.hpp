// Appends documents to a file, one a line; rotates by size, keeps so many old ones, syncs as told. A line
// counts when it is as safe as `sync` asks; what is not yet safe after an error is taken out again.
#pragma once

#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace outrider::sinks::file {

enum class Sync { never, each_batch, at_times };

struct Settings {
  std::string path;
  std::uint64_t rotate_at = 64u << 20;
  std::uint32_t keep = 5;  // old files: path.1 is the youngest
  Sync sync = Sync::each_batch;
  core::Duration sync_every{};  // at_times
};

std::unique_ptr<Sink> make(const Tools& tools, Settings settings);

}  // namespace outrider::sinks::file
