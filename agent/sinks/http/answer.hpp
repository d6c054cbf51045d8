// What an answer means for the records that were sent. Pure.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"
#include "agent/sinks/posting.hpp"

#include <string>

namespace outrider::sinks::http {

Meaning meaning_of(int status);

// "it answered 400: no field `level`": the status, and what it said in one line.
std::string shown(const net::Response& response);

// The error of an answer that is not `taken`, with what would mend it.
core::Error error_of(const net::Response& response);

}  // namespace outrider::sinks::http
