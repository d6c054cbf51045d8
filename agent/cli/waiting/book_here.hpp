// The agent's book in its state directory, opened for reading only: also while the agent runs.
#pragma once

#include "agent/cli/commands.hpp"
#include "agent/durable/book.hpp"

#include <memory>
#include <string>

namespace outrider::cli {

// --state, else the configuration's state directory; and in it the book.
core::Outcome<std::string> book_path(const Setting& setting);
core::Outcome<std::unique_ptr<durable::Book>> book_here(const Setting& setting);

}  // namespace outrider::cli
