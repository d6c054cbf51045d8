#include "agent/lines/container.hpp"

namespace outrider::lines {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string_view container_in(std::string_view path) {
  std::size_t run = 0;
  for (std::size_t at = 0; at < path.size(); ++at) {
    run = is_hex(path[at]) ? run + 1 : 0;
    const bool ends = at + 1 == path.size() || !is_hex(path[at + 1]);
    if (run == 64 && ends) return path.substr(at - 63, 64);
  }
  return {};
}

}  // namespace outrider::lines
