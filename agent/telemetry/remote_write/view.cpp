#include "agent/telemetry/remote_write/view.hpp"

#include <algorithm>

namespace outrider::telemetry::remote_write {
namespace {

// * stands for any number of characters, and nothing else for anything but itself.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t at = 0, from = 0;
  std::size_t star = std::string_view::npos, resume = 0;  // the last *, and where what it stands for ends
  while (from < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = from;
    } else if (at < pattern.size() && pattern[at] == name[from]) {
      ++at;
      ++from;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      from = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool matches_one(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [name](const std::string& one) { return matches(one, name); });
}

}  // namespace

bool takes(const View& view, std::string_view name) {
  return (view.keep.empty() || matches_one(view.keep, name)) && !matches_one(view.drop, name);
}

}  // namespace outrider::telemetry::remote_write
