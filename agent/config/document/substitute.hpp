// ${NAME}, ${NAME:-default} and $$ inside a scalar's value.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::config {

struct Substituted {
  struct Trouble {
    std::string at;  // the reference as it is written, to find its place
    std::string message;
    std::string hint;
  };

  std::string text;
  bool filled = false;    // a variable gave part of it
  bool too_long = false;  // it would have grown beyond the limit, and is cut there
  std::vector<Trouble> troubles;
};

// A $ that is followed by neither { nor $ stands for itself. As in a shell, the default of :- also serves for
// a variable that is set but empty.
Substituted substitute(std::string_view written,
                       const std::function<std::optional<std::string>(const std::string&)>& variable,
                       std::size_t most_bytes);

}  // namespace outrider::config
