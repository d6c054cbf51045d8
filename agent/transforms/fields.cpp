#include "agent/transforms/fields.hpp"

#include "agent/lines/bytes.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace outrider::transforms {
namespace {

struct Known {
  std::string_view key;
  Meaning meaning;
};

constexpr std::array<Known, 47> known{{
    {"log.level", {Role::level, 0}},
    {"level", {Role::level, 1}},
    {"severity", {Role::level, 2}},
    {"lvl", {Role::level, 3}},
    {"loglevel", {Role::level, 4}},
    {"levelname", {Role::level, 5}},
    {"log_level", {Role::level, 6}},
    {"message", {Role::message, 0}},
    {"msg", {Role::message, 1}},
    {"what", {Role::message, 2}},
    {"event", {Role::message, 3}},
    {"text", {Role::message, 4}},
    {"@timestamp", {Role::time, 0}},
    {"timestamp", {Role::time, 1}},
    {"time", {Role::time, 2}},
    {"ts", {Role::time, 3}},
    {"datetime", {Role::time, 4}},
    {"date", {Role::time, 5}},
    {"trace.id", {Role::trace, 0}},
    {"trace_id", {Role::trace, 1}},
    {"traceId", {Role::trace, 2}},
    {"traceID", {Role::trace, 3}},
    {"trace-id", {Role::trace, 4}},
    {"otelTraceID", {Role::trace, 5}},
    {"TraceId", {Role::trace, 6}},
    {"span.id", {Role::span, 0}},
    {"span_id", {Role::span, 1}},
    {"spanId", {Role::span, 2}},
    {"spanID", {Role::span, 3}},
    {"span-id", {Role::span, 4}},
    {"otelSpanID", {Role::span, 5}},
    {"SpanId", {Role::span, 6}},
    {"stream", {Role::reserved, 0}},
    {"log.generation", {Role::reserved, 0}},
    {"log.offset", {Role::reserved, 0}},
    {"log.flags", {Role::reserved, 0}},
    {"log.file.path", {Role::reserved, 0}},
    {"container.id", {Role::identity, 0}},
    {"ecs.version", {Role::reserved, 0}},
    {"service.name", {Role::identity, 1}},
    {"service.namespace", {Role::identity, 2}},
    {"service.version", {Role::identity, 3}},
    {"service.environment", {Role::identity, 4}},
    {"service.instance.id", {Role::identity, 5}},
    {"host.name", {Role::identity, 6}},
    {"event.dataset", {Role::identity, 7}},
    {"error.message", {Role::identity, 8}},
}};

constexpr std::size_t slots = 256;

constexpr std::size_t slot_of(std::string_view key) {
  const auto byte = [key](std::size_t at) { return static_cast<unsigned char>(key[at]); };
  return (key.size() * 37 + byte(0) * 5 + byte(key.size() - 1) * 3 + byte(key.size() / 2)) % slots;
}

constexpr std::array<std::uint8_t, slots> make_table() {
  std::array<std::uint8_t, slots> table{};
  for (std::size_t i = 0; i < known.size(); ++i) {
    std::size_t slot = slot_of(known[i].key);
    while (table[slot] != 0) slot = (slot + 1) % slots;
    table[slot] = static_cast<std::uint8_t>(i + 1);
  }
  return table;
}

constexpr std::array<std::uint8_t, slots> table = make_table();

// Which lengths the known names with this first letter have: most names are told from them by that.
constexpr std::array<std::uint32_t, 128> make_lengths() {
  std::array<std::uint32_t, 128> lengths{};
  for (const Known& one : known) lengths[static_cast<std::size_t>(one.key[0])] |= 1u << one.key.size();
  return lengths;
}

constexpr std::array<std::uint32_t, 128> lengths = make_lengths();

bool is_string(const Member& member) { return !member.value.empty() && member.value.front() == '"'; }

bool is_id(std::string_view raw, std::size_t digits) {
  if (raw.size() != digits + 2 || raw.front() != '"') return false;
  const std::string_view inside = raw.substr(1, digits);
  return lines::is_hexadecimal(inside) && inside.find_first_not_of('0') != std::string_view::npos;
}

// Where in the event's fields the best name of each role is; the fields are few, the roles five.
class Settling {
 public:
  explicit Settling(Event& event) : event_(event) {}

  void run() {
    for (std::size_t at = 0; at < event_.own.size(); ++at) note(at, meaning_of(event_.own[at].key));
    take(Role::level, [this](const Member& member) { return take_level(member); });
    take(Role::time, [this](const Member& member) { return take_time(member); });
    event_.message = {};
    event_.message_is_json = false;
    take(Role::message, [this](const Member& member) {
      if (!is_string(member)) return false;
      event_.message = member.value;
      event_.message_is_json = true;
      event_.message_name = member.key;
      return true;
    });
    name_id(Role::trace, 32, "trace.id");
    name_id(Role::span, 16, "span.id");
    if (taken_count_ > 0) sweep();
    // What is left of the names of level, message and time may be the document's own, or not: it is looked
    // at.
    event_.special = special_ > taken_count_;
  }

 private:
  struct Candidate {
    std::size_t at;
    Meaning meaning;
  };

  void note(std::size_t at, Meaning meaning) {
    if (meaning.role == Role::none) return;
    if (meaning.role != Role::trace && meaning.role != Role::span) ++special_;
    if (meaning.role >= Role::reserved) return;
    if (count_ < candidates_.size()) candidates_[count_++] = {at, meaning};
  }

  // Tries the names of a role by rank until one fits; that field is the document's own from here on.
  template <class Fits>
  void take(Role role, const Fits& fits) {
    int last_rank = -1;
    for (;;) {
      const Candidate* best = nullptr;
      for (std::size_t i = 0; i < count_; ++i) {
        const Candidate& one = candidates_[i];
        if (one.meaning.role != role || one.meaning.rank <= last_rank) continue;
        if (best == nullptr || one.meaning.rank < best->meaning.rank) best = &one;
      }
      if (best == nullptr) return;
      last_rank = best->meaning.rank;
      if (!fits(event_.own[best->at])) continue;
      taken_[static_cast<std::size_t>(taken_count_++)] = best->at;
      return;
    }
  }

  bool take_level(const Member& member) {
    if (!is_string(member)) return false;
    const auto severity = telemetry::read_severity(string_value(member.value, buffer_));
    if (severity == telemetry::Severity::unspecified) return false;  // an unknown word stays a field
    event_.record.severity = severity;
    return true;
  }

  bool take_time(const Member& member) {
    const auto time = read_time(is_string(member) ? string_value(member.value, buffer_) : member.value);
    if (!time) return false;
    event_.record.time = *time;
    if (event_.notes != nullptr) event_.note("time", "from " + std::string(member.key));
    return true;
  }

  void name_id(Role role, std::size_t digits, std::string_view name) {
    const Candidate* best = nullptr;
    for (std::size_t i = 0; i < count_; ++i) {
      const Candidate& one = candidates_[i];
      if (one.meaning.role != role || !is_id(event_.own[one.at].value, digits)) continue;
      if (best == nullptr || one.meaning.rank < best->meaning.rank) best = &one;
    }
    if (best != nullptr) event_.own[best->at].key = name;
  }

  void sweep() {
    std::size_t to = 0;
    for (std::size_t at = 0; at < event_.own.size(); ++at) {
      if (!taken(at)) event_.own[to++] = event_.own[at];
    }
    event_.own.resize(to);
  }

  bool taken(std::size_t at) const {
    return std::find(taken_.begin(), taken_.begin() + taken_count_, at) != taken_.begin() + taken_count_;
  }

  Event& event_;
  std::array<Candidate, 16> candidates_;  // the first count_ of them: filling all would cost each line
  std::size_t count_ = 0;
  std::array<std::size_t, 3> taken_{};  // level, time, message
  std::ptrdiff_t taken_count_ = 0;
  std::ptrdiff_t special_ = 0;
  std::string buffer_;
};

}  // namespace

Meaning meaning_of(std::string_view key) {
  if (key.empty() || key.size() > 31) return {};
  const auto first = static_cast<unsigned char>(key[0]);
  if (first >= lengths.size() || !(lengths[first] >> key.size() & 1)) return {};
  for (std::size_t slot = slot_of(key); table[slot] != 0; slot = (slot + 1) % slots) {
    if (known[table[slot] - 1u].key == key) return known[table[slot] - 1u].meaning;
  }
  return {};
}

void settle_fields(Event& event) { Settling(event).run(); }

std::string_view text_of(const Member& member, std::string& buffer) {
  return is_string(member) ? string_value(member.value, buffer) : member.value;
}

}  // namespace outrider::transforms
