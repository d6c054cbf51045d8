// The questions, by what they are about.
#pragma once

#include "agent/sources/postgres/questions/questions.hpp"

#include <array>
#include <span>

namespace outrider::sources::postgres {

std::span<const Question> statistics();   // what the server has counted
std::span<const Question> sessions();     // who is connected, and who waits for whom
std::span<const Question> replication();  // standbys, slots, and how far a standby is behind
std::span<const Question> sizes();  // of databases, and how near their transaction numbers are to the end

}  // namespace outrider::sources::postgres
