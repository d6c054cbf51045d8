// How full a file system is, whether it can be written, and when it will be full.
#pragma once

#include "agent/probes/amount.hpp"
#include "agent/probes/shelf.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace outrider::probes::disk {

struct Settings {
  std::string path;
  Amount free{5.0, 0};
  Amount free_inodes{5.0, 0};
  std::optional<core::Duration> full_within;  // nothing: the future is not asked for
  core::Duration window = std::chrono::hours(6);
  bool may_be_read_only = false;
  bool must_be_mounted = false;
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::disk
