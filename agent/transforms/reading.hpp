// How `format` and what belongs to it are written in an element of `logs.read`:
//   format: json      format: {regex: '…'}      format: cri      format: {cri: logfmt}
#pragma once

#include "agent/config/kind.hpp"
#include "agent/transforms/chain.hpp"

#include <string>

namespace outrider::transforms {

config::Kind<Reading> reading_kind();
Reading default_reading(const std::string& format = "json");  // of a format that needs no value

}  // namespace outrider::transforms
