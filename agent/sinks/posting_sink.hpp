// A sink that posts over HTTP, or over what can be used as if it were.
#pragma once

#include "agent/sinks/poster.hpp"

#include <memory>
#include <vector>

namespace outrider::sinks {

// `ways`: see Poster.
std::unique_ptr<Sink> make_posting_sink(const Tools& tools, PostingSettings settings,
                                        std::unique_ptr<Dialect> dialect,
                                        std::vector<std::unique_ptr<net::Client>> ways = {});

}  // namespace outrider::sinks
