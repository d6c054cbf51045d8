// The status page: one screen that says first whether all is well, and then why. A pure function of Status:
// server-rendered, complete without JavaScript, nothing loaded from elsewhere, everything escaped.
#pragma once

#include "agent/core/status.hpp"

#include <string>

namespace outrider::ui {

// A whole HTML document, at most `most_page_bytes` whatever the status holds.
std::string render(const core::Status& status);

// "tests-api | healthy" as a small SVG.
std::string badge(const core::Status& status);

// What the page needs and nothing more: its one style and its one script by hash, everything else refused.
std::string content_security_policy();

inline constexpr std::size_t most_page_bytes = 102'400;

}  // namespace outrider::ui
