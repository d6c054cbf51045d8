// Where the agent's key lies: <state>/signing.key, readable by its owner alone, made at first use. Blocks.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"
#include "agent/seal/key.hpp"

#include <string>

namespace outrider::seal {

inline constexpr const char* key_file = "signing.key";

// The key that is there, or a new one; of several who come first together, all get the same.
core::Outcome<SigningKey> open_key(os::Files& files, const std::string& state_directory);

}  // namespace outrider::seal
