#include "agent/alert/desk/record.hpp"

#include "agent/durable/packing.hpp"

#include <array>
#include <chrono>

namespace outrider::alert {
namespace {

using durable::Unpacker;

constexpr std::uint64_t alert_form = 1;
constexpr std::uint64_t silence_form = 1;
constexpr std::uint64_t trail_form = 1;

void put(std::string& out, std::uint64_t number) { durable::pack(out, number); }
void put(std::string& out, std::string_view text) { durable::pack(out, text); }
void put(std::string& out, core::WallTime time) {
  durable::pack(out, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}
void put(std::string& out, const std::vector<std::string>& texts) {
  put(out, std::uint64_t{texts.size()});
  for (const std::string& text : texts) put(out, std::string_view(text));
}

core::WallTime time_of(Unpacker& from) {
  return core::WallTime(core::Duration(static_cast<std::int64_t>(from.number())));
}
std::string text_of(Unpacker& from) { return std::string(from.text()); }
std::vector<std::string> texts_of(Unpacker& from) {
  std::vector<std::string> texts;
  for (std::uint64_t left = from.number(); left > 0 && from.good(); --left) texts.push_back(text_of(from));
  return texts;
}
template <class Enum>
Enum enum_of(Unpacker& from, Enum last) {
  const std::uint64_t number = from.number();
  return number > static_cast<std::uint64_t>(last) ? last : static_cast<Enum>(number);
}
template <class Enum>
std::uint64_t number_of(Enum value) {
  return static_cast<std::uint64_t>(value);
}

// What is packed and unpacked, in one order for both.
auto texts_in(auto& alert) {
  auto& what = alert.condition;
  return std::array{&what.key,
                    &what.name,
                    &what.runbook,
                    &what.component,
                    &what.subject,
                    &what.sentence,
                    &what.why,
                    &what.next,
                    &what.incident,
                    &alert.id,
                    &alert.explained_by,
                    &alert.told_words,
                    &alert.acknowledged_by};
}
auto times_in(auto& alert) {
  return std::array{&alert.began, &alert.since, &alert.told_at, &alert.first_told_at, &alert.acknowledged_at};
}
auto texts_in_silence(auto& silence) {
  return std::array{&silence.id, &silence.what, &silence.who, &silence.reason};
}

}  // namespace

std::string pack(const Alert& alert) {
  std::string out;
  put(out, alert_form);
  const Condition& what = alert.condition;
  for (const std::string* text : texts_in(alert)) put(out, std::string_view(*text));
  put(out, number_of(what.severity));
  put(out, std::uint64_t{what.is_acted_on ? 1U : 0U});
  put(out, number_of(alert.phase));
  put(out, number_of(alert.told_severity));
  put(out, std::uint64_t{alert.was_told ? 1U : 0U});
  put(out, std::uint64_t{alert.has_escalated ? 1U : 0U});
  put(out, std::uint64_t{alert.messages});
  put(out, std::uint64_t{alert.reminders});
  for (const core::WallTime* time : times_in(alert)) put(out, *time);
  put(out, alert.explains);
  put(out, alert.done);
  return out;
}

std::optional<Alert> unpack_alert(std::string_view packed) {
  Unpacker from(packed);
  if (from.number() != alert_form) return std::nullopt;
  Alert alert;
  Condition& what = alert.condition;
  for (std::string* text : texts_in(alert)) *text = text_of(from);
  what.severity = enum_of(from, core::Severity::critical);
  what.is_acted_on = from.number() != 0;
  alert.phase = enum_of(from, Phase::resolved);
  alert.told_severity = enum_of(from, core::Severity::critical);
  alert.was_told = from.number() != 0;
  alert.has_escalated = from.number() != 0;
  alert.messages = static_cast<std::uint32_t>(from.number());
  alert.reminders = static_cast<std::uint32_t>(from.number());
  for (core::WallTime* time : times_in(alert)) *time = time_of(from);
  alert.explains = texts_of(from);
  alert.done = texts_of(from);
  // Nobody has looked since: it is not over because we were not there.
  alert.presence = Presence::unclear;
  if (!from.good() || what.key.empty() || alert.id.empty()) return std::nullopt;
  return alert;
}

std::string pack(const Silence& silence) {
  std::string out;
  put(out, silence_form);
  for (const std::string* text : texts_in_silence(silence)) put(out, std::string_view(*text));
  put(out, silence.until);
  return out;
}

std::optional<Silence> unpack_silence(std::string_view packed) {
  Unpacker from(packed);
  if (from.number() != silence_form) return std::nullopt;
  Silence silence;
  for (std::string* text : texts_in_silence(silence)) *text = text_of(from);
  silence.until = time_of(from);
  if (!from.good() || silence.id.empty()) return std::nullopt;
  return silence;
}

std::string pack(const Trail& trail) {
  std::string out;
  put(out, trail_form);
  put(out, std::string_view(trail.text));
  put(out, trail.at);
  return out;
}

std::optional<Trail> unpack_trail(std::string_view packed) {
  Unpacker from(packed);
  if (from.number() != trail_form) return std::nullopt;
  Trail trail;
  trail.text = text_of(from);
  trail.at = time_of(from);
  if (!from.good()) return std::nullopt;
  return trail;
}

bool is_like(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, in = 0, star = std::string_view::npos, from = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      from = in;
    } else if (at < pattern.size() && pattern[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++from;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace outrider::alert
