#include "agent/transforms/steps/when/field_text.hpp"

#include "agent/transforms/document.hpp"
#include "agent/transforms/fields.hpp"

#include <algorithm>

namespace outrider::transforms::steps {
namespace {

const Member* find_last(const std::vector<Member>& members, std::string_view name) {
  const auto found = std::find_if(members.rbegin(), members.rend(),
                                  [name](const Member& member) { return member.key == name; });
  return found == members.rend() ? nullptr : &*found;
}

std::optional<std::string_view> text_among(const std::vector<Member>& members, std::string_view name,
                                           std::string& buffer) {
  if (const Member* const found = find_last(members, name)) return text_of(*found, buffer);
  // Most lines are flat: nothing is scanned unless an object bears the first part of the name.
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const Member* const around = find_last(members, name.substr(0, dot));
    if (around == nullptr || !around->value.starts_with('{')) continue;
    std::vector<Member> inside;
    if (!scan_object(around->value, inside)) continue;
    if (const auto text = text_among(inside, name.substr(dot + 1), buffer)) return text;
  }
  return std::nullopt;
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

const Member* own_field(const Event& event, std::string_view name) { return find_last(event.own, name); }

std::optional<std::string_view> text_of_field(const Event& event, std::string_view name,
                                              std::string& buffer) {
  if (name == "log.level") return unless_empty(name_of(event.record.severity));
  if (name == "message") return event.message_is_json ? string_value(event.message, buffer) : event.message;
  const bool is_file = event.stream.starts_with('/');
  if (name == "log.file.path") return unless_empty(is_file ? event.stream : "");
  if (name == "stream") {
    if (!event.channel.empty()) return event.channel;
    return unless_empty(is_file ? "" : stream_field(event.stream));
  }
  return text_among(event.own, name, buffer);
}

}  // namespace outrider::transforms::steps
