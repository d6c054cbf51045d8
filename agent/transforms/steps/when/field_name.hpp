// Names of fields as the configuration writes them: {team: core}, {usr: user.name}, [password_hint].
#pragma once

#include "agent/config/kind.hpp"

#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::steps {

using Pair = std::pair<std::string, std::string>;

config::Kind<std::string> field_name_kind();

// Of a field that is the line's own: not one that every document has, such as `message`.
config::Kind<std::string> own_field_name_kind();

// Such names, one at least, each with something.
config::Kind<std::vector<Pair>> pairs_kind(const config::Kind<std::string>& value);

}  // namespace outrider::transforms::steps
