// Sends records as lines of JSON to an address of the user's own, each with an id by which the receiver can
// tell what it has already. A receiver that refuses a request is asked which record it means.
#pragma once

#include "agent/sinks/posting_settings.hpp"
#include "agent/sinks/shelf.hpp"

#include <memory>

namespace outrider::sinks::http {

using Settings = PostingSettings;

std::unique_ptr<Sink> make(const Tools& tools, Settings settings);

}  // namespace outrider::sinks::http
