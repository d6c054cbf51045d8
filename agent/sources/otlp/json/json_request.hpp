// A request in JSON, written anew in Protobuf: so everything is read.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/sources/otlp/json/json_fields.hpp"

#include <string>
#include <string_view>

namespace outrider::sources::otlp {

// `exhausted`: it is larger than JSON may be, or holds too many values. What is not known is passed over.
core::Outcome<std::string> protobuf_of(std::string_view json, const JsonMessage& request);

}  // namespace outrider::sources::otlp
