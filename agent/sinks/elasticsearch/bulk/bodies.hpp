// The bodies of requests, used again: a fresh one of a MiB or more costs the kernel more than filling it.
#pragma once

#include "agent/telemetry/packer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::sinks::elasticsearch {

struct RequestBody {
  std::string plain;
  std::string packed;
  std::optional<telemetry::Packer> packer;
};

// Of one river. Who fills a body elsewhere is waited for there.
class Bodies {
 public:
  // One that nobody else holds, empty.
  std::shared_ptr<RequestBody> take();

  // Forgets those that nobody holds.
  void rest();

 private:
  std::vector<std::shared_ptr<RequestBody>> all_;
};

}  // namespace outrider::sinks::elasticsearch
