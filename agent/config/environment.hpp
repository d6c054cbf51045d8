// What the configuration may draw on besides its own text. Both come in from outside, so that tests and the
// simulation need neither variables nor files.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace outrider::config {

struct Environment {
  // ${NAME} and {env: NAME}
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // The document and {file: path}. `exhausted` when larger than the limit, told before anything is read.
  std::function<core::Outcome<std::string>(const std::string& path, std::uint64_t limit_bytes)> read_file;
};

// The process's own variables, and the files of the machine (regular ones only: a pipe could block for ever).
Environment process_environment();
// No variables and no files.
Environment empty_environment();

}  // namespace outrider::config
