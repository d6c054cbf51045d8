// 'level>=L3 age<24h': conditions joined by blanks, commas or "and".
#include "agent/core/text.hpp"
#include "agent/recovery/gate/gate.hpp"
#include "agent/recovery/point/restore_point.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

constexpr std::array<std::string_view, 7> keys{"level", "age", "rpo", "rto", "budget", "backlog", "point"};
constexpr std::string_view example =
    "for example: level>=L3 age<24h rpo<5m rto<15m budget>10% backlog<100 point=before-v42";

struct Condition {
  std::string_view key, comparison, value;
};

bool is_letter(char sign) { return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z'); }
bool is_comparison(char sign) { return sign == '<' || sign == '>' || sign == '=' || sign == '!'; }
bool is_between(char sign) { return sign == ' ' || sign == ',' || sign == '\t' || sign == '\n'; }

core::Outcome<> wrong(std::string what) {
  return core::fail(core::Errc::invalid, std::move(what), std::string(example));
}

void skip_between(std::string_view& text) {
  while (!text.empty() && is_between(text.front())) text.remove_prefix(1);
}

template <class Test>
std::string_view take(std::string_view& text, const Test& test) {
  std::size_t length = 0;
  while (length < text.size() && test(text[length])) ++length;
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

// `most`: the value is an upper bound; else a lower one.
core::Outcome<> expect(const Condition& condition, bool most) {
  const bool right = most ? condition.comparison == "<" || condition.comparison == "<="
                          : condition.comparison == ">" || condition.comparison == ">=";
  if (right) return {};
  return wrong(fmt::format("cannot require {}{}{}: {} takes {} only", condition.key, condition.comparison,
                           condition.value, condition.key, most ? "< or <=" : "> or >="));
}

core::Outcome<> length(const Condition& condition, std::optional<core::Duration>& into) {
  if (auto right = expect(condition, true); !right) return right;
  into = core::read_duration(condition.value);
  if (into && *into > core::Duration{}) return {};
  return wrong(fmt::format("cannot read \"{}\" as a length of time for {}", condition.value, condition.key));
}

core::Outcome<> level(const Condition& condition, std::optional<Level>& into) {
  into = parse_level(condition.value);
  if (!into) return wrong(fmt::format("cannot read \"{}\" as a level: L0 to L4", condition.value));
  if (condition.comparison == ">=") return {};
  if (condition.comparison == ">" && *into != Level::asserted) {
    into = static_cast<Level>(static_cast<int>(*into) + 1);
    return {};
  }
  return wrong(
      fmt::format("cannot require level{}{}: write level>=L3", condition.comparison, condition.value));
}

core::Outcome<> budget(const Condition& condition, std::optional<double>& into) {
  if (auto right = expect(condition, false); !right) return right;
  double percent = 0;
  const char* const end = condition.value.data() + condition.value.size();
  const auto [stop, trouble] = std::from_chars(condition.value.data(), end, percent);
  if (trouble != std::errc{} || std::string_view(stop, static_cast<std::size_t>(end - stop)) != "%" ||
      percent < 0 || percent > 100)
    return wrong(fmt::format("cannot read \"{}\" as a share of the budget: write 10%", condition.value));
  into = percent / 100;
  return {};
}

core::Outcome<> backlog(const Condition& condition, std::optional<std::uint64_t>& into) {
  if (auto right = expect(condition, true); !right) return right;
  std::uint64_t count = 0;
  const char* const end = condition.value.data() + condition.value.size();
  const auto [stop, trouble] = std::from_chars(condition.value.data(), end, count);
  if (trouble != std::errc{} || stop != end)
    return wrong(fmt::format("cannot read \"{}\" as a number of segments", condition.value));
  into = condition.comparison == "<=" ? count + 1 : count;
  return {};
}

core::Outcome<> point(const Condition& condition, std::optional<std::string>& into) {
  if (condition.comparison != "=")
    return wrong(
        fmt::format("cannot require point{}{}: write point=NAME", condition.comparison, condition.value));
  if (auto trouble = trouble_with_point_name(condition.value))
    return wrong(fmt::format("cannot require point={}: {}", condition.value, *trouble));
  into = std::string(condition.value);
  return {};
}

template <class T>
core::Outcome<> once(std::optional<T>& into, const Condition& condition,
                     core::Outcome<> (*read)(const Condition&, std::optional<T>&)) {
  if (into) return wrong(fmt::format("cannot require {} twice", condition.key));
  return read(condition, into);
}

core::Outcome<> put(const Condition& condition, Requirement& into) {
  if (condition.key == "level") return once(into.level, condition, level);
  if (condition.key == "age") return once(into.age, condition, length);
  if (condition.key == "rpo") return once(into.rpo, condition, length);
  if (condition.key == "rto") return once(into.rto, condition, length);
  if (condition.key == "budget") return once(into.budget, condition, budget);
  if (condition.key == "backlog") return once(into.backlog, condition, backlog);
  if (condition.key == "point") return once(into.point, condition, point);
  const auto near = core::nearest(condition.key, keys.data(), keys.data() + keys.size());
  return wrong(fmt::format("cannot require \"{}\": {}", condition.key,
                           near.empty() ? "known are level, age, rpo, rto, budget, backlog and point"
                                        : fmt::format("did you mean {}?", near)));
}

}  // namespace

core::Outcome<Requirement> parse_requirement(std::string_view text) {
  Requirement requirement;
  for (skip_between(text); !text.empty(); skip_between(text)) {
    Condition condition;
    condition.key = take(text, is_letter);
    if (condition.key == "and" && !text.empty() && is_between(text.front())) continue;
    skip_between(text);
    condition.comparison = take(text, is_comparison);
    skip_between(text);
    condition.value = take(text, [](char sign) { return !is_between(sign); });
    if (condition.key.empty() || condition.comparison.empty() || condition.value.empty())
      return core::fail(core::Errc::invalid,
                        fmt::format("cannot read the requirement at \"{}{}{}{}\"", condition.key,
                                    condition.comparison, condition.value, text),
                        std::string(example));
    if (auto fine = put(condition, requirement); !fine) return core::fail(fine.error());
  }
  return requirement;
}

std::optional<Check> parse_check(std::string_view word) {
  for (const Check check : {Check::rpo, Check::rto, Check::backup, Check::archive, Check::replication,
                            Check::drill, Check::all}) {
    if (name_of(check) == word) return check;
  }
  return std::nullopt;
}

std::string_view name_of(Check check) {
  switch (check) {
    case Check::rpo: return "rpo";
    case Check::rto: return "rto";
    case Check::backup: return "backup";
    case Check::archive: return "archive";
    case Check::replication: return "replication";
    case Check::drill: return "drill";
    case Check::all: return "all";
  }
  return "all";
}

}  // namespace outrider::recovery
