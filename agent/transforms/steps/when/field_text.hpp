// What a record says under a name, for whoever asks and changes nothing: conditions, and the keys by which
// records are told apart.
#pragma once

#include "agent/transforms/event.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::transforms::steps {

// As text: a string without its quotes and escapes, anything else as it was written. Known are log.level,
// message, stream, log.file.path, and the line's own fields; "user.id" is also found in {"user":{"id":7}}.
// Nothing when the record does not say. It lasts until `buffer` is used again.
std::optional<std::string_view> text_of_field(const Event& event, std::string_view name, std::string& buffer);

// Where the field stands among the line's own; a key that is there twice counts as it stands last.
const Member* own_field(const Event& event, std::string_view name);

}  // namespace outrider::transforms::steps
