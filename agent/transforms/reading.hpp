// How `format` and what belongs to it are written in an element of `logs.read`:
//   format: json      format: {regex: '…'}      format: cri      format: {cri: logfmt}
#pragma once

#include "agent/config/kind.hpp"
#include "agent/transforms/chain.hpp"

#include <optional>
#include <string>

namespace outrider::transforms {

config::Kind<Reading> reading_kind();
Reading default_reading(const std::string& format = "json");  // of a format that needs no value

// How the lines of a source are read that writes them as `of_source` says, when `written` is configured. What
// the source itself puts around them is taken off in any case.
Reading reading_of(const std::string& of_source, const std::optional<Reading>& written);

}  // namespace outrider::transforms
