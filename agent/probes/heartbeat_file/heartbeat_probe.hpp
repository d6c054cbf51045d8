// A file that its writer renews as long as it makes progress: how old is it?
#pragma once

#include "agent/probes/shelf.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace outrider::probes::heartbeat_file {

enum class Mark {
  modified,      // when it was last written
  unix_seconds,  // its content is a time: "1795953600", with a fraction if it likes
  rfc3339,       // "2026-11-29T12:00:00Z"
};

struct Settings {
  std::string path;
  core::Duration most_age = std::chrono::minutes(1);
  Mark mark = Mark::modified;
};

// The time that a content says; nothing when it says none.
std::optional<core::WallTime> read_mark(std::string_view content, Mark mark);

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::heartbeat_file
