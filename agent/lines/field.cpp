#include "agent/lines/field.hpp"

#include "agent/lines/json.hpp"

#include <string>
#include <vector>

namespace outrider::lines {
namespace {

constexpr int deepest = 8;

}  // namespace

std::string_view find_field(std::string_view object, std::string_view name, int depth) {
  std::vector<Member> members;
  if (depth > deepest || !scan_object(object, members)) return {};
  for (const Member& member : members) {
    if (member.key == name) return member.value;
  }
  for (const Member& member : members) {
    const bool within = name.starts_with(member.key) && name.substr(member.key.size()).starts_with('.');
    if (!within || !member.value.starts_with('{')) continue;
    const std::string_view found = find_field(member.value, name.substr(member.key.size() + 1), depth + 1);
    if (!found.empty()) return found;
  }
  return {};
}

bool says(std::string_view value, std::string_view text) {
  if (value.empty()) return false;
  if (!value.starts_with('"')) return value == text;
  std::string buffer;
  return string_value(value, buffer) == text;
}

}  // namespace outrider::lines
