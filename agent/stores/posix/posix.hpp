// A folder as a store.
#pragma once

#include "agent/stores/shelf.hpp"

namespace outrider::stores::posix {

struct Settings {
  std::string directory;
};

std::unique_ptr<core::ObjectStore> make_store(Settings settings, const Tools& tools);

}  // namespace outrider::stores::posix
