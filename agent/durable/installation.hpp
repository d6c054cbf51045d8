// The agent's own name for itself: made once in each state directory and kept, so that what it sends is told
// apart from what any other agent sends, and is known again after a restart.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/random.hpp"
#include "agent/durable/book.hpp"

#include <string>

namespace outrider::durable {

// Blocks, as the book does.
core::Outcome<std::string> installation_of(Book& book, core::Random& random);

}  // namespace outrider::durable
