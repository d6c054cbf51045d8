#include "agent/config/kinds.hpp"

#include "agent/config/report.hpp"
#include "agent/config/values/scalars.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::config {
namespace {

constexpr std::string_view duration_pattern = "^(0|([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+)$";
constexpr std::string_view bytes_pattern = "^[0-9]+(\\.[0-9]+)? ?(B|KB|MB|GB|KiB|MiB|GiB|TiB)?$";
constexpr std::uint64_t most_secret_bytes = 64u << 10;

std::optional<core::Duration> read_duration(const Node& node, Report& report, core::Duration least,
                                            core::Duration most, std::string_view or_word) {
  const auto value = node.is_scalar() ? core::read_duration(node.text()) : std::nullopt;
  if (!value) {
    const bool bare = node.is_scalar() && looks_like(node.text()) == Look::whole;
    const std::string hint =
        bare ? fmt::format("it needs a unit: {}s or {}ms", node.text(), node.text()) : "";
    report.wrong(node, fmt::format("a duration such as 5s or 1m30s{}", or_word), hint);
    return std::nullopt;
  }
  if (*value < least || *value > most) {
    report.wrong(node, fmt::format("from {} to {}", core::show_duration(least), core::show_duration(most)));
    return std::nullopt;
  }
  return value;
}

// One line end at the end belongs to the editor that wrote the file, not to the secret.
void trim_line_end(std::string& text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
}

std::optional<Secret> secret_of_file(const Node& where, Report& report) {
  auto content = report.environment().read_file(where.text(), most_secret_bytes);
  if (!content) {
    report.add(where.place(),
               fmt::format("cannot read the secret {}: {}", where.written(), content.error().what));
    return std::nullopt;
  }
  trim_line_end(*content);
  if (content->empty()) {
    report.add(where.place(), fmt::format("the secret's file {} is empty", where.written()));
    return std::nullopt;
  }
  return Secret(std::move(*content));
}

std::optional<Secret> secret_of_variable(const Node& where, Report& report) {
  auto value = report.environment().variable(where.text());
  if (!value || value->empty()) {
    report.add(where.place(),
               fmt::format("the variable {} is {}", where.text(), value ? "empty" : "not set"));
    return std::nullopt;
  }
  return Secret(std::move(*value));
}

std::optional<Secret> read_secret(const Node& node, Report& report) {
  const bool one_entry = node.is_mapping() && node.entries().size() == 1;
  const Entry* entry = one_entry ? &node.entries().front() : nullptr;
  const bool known = entry != nullptr && (entry->key == "file" || entry->key == "env");
  if (!known || !entry->value.is_scalar() || entry->value.text().empty()) {
    report.conceal(node.place());
    report.add(node.place(), fmt::format("{} must be {{file: path}} or {{env: NAME}}", node.title()),
               "a secret is never written into the configuration itself");
    return std::nullopt;
  }
  auto secret =
      entry->key == "file" ? secret_of_file(entry->value, report) : secret_of_variable(entry->value, report);
  if (secret) report.met(node, *secret);
  return secret;
}

std::string quoted_number_hint(const Node& node) {
  return node.style() == Style::quoted ? "take the quotes away" : "";
}

}  // namespace

Kind<std::string> text() { return text_matching(0, 65536); }

Kind<std::string> text_matching(std::size_t least_characters, std::size_t most_characters) {
  return {[=](const Node& node, Report& report) -> std::optional<std::string> {
            if (!node.is_scalar()) {
              report.wrong(node, "text");
              return std::nullopt;
            }
            const Look look = looks_like(node.text());
            if (node.style() == Style::plain && look != Look::text) {
              report.add(
                  node.place(),
                  fmt::format("{} must be text, and {} is {}", node.title(), node.text(), name_of(look)),
                  fmt::format("put it in quotes: \"{}\"", node.text()));
              return std::nullopt;
            }
            const std::size_t characters = count_characters(node.text());
            if (characters < least_characters || characters > most_characters) {
              const std::string bounds =
                  characters < least_characters && least_characters == 1
                      ? std::string("text that is not empty")
                      : fmt::format("text of {} to {} characters", least_characters, most_characters);
              report.wrong(node, bounds);
              return std::nullopt;
            }
            return node.text();
          },
          [=] { return text_schema(least_characters, most_characters); }};
}

Kind<bool> yes_or_no() {
  return {[](const Node& node, Report& report) -> std::optional<bool> {
            if (node.is_scalar() && node.style() != Style::quoted) {
              if (node.text() == "true") return true;
              if (node.text() == "false") return false;
            }
            report.wrong(node, "true or false", hint_for_flag(node));
            return std::nullopt;
          },
          [] { return flag_schema(); }};
}

Kind<std::int64_t> whole(std::int64_t least, std::int64_t most) {
  return {[=](const Node& node, Report& report) -> std::optional<std::int64_t> {
            const bool may_be = node.is_scalar() && node.style() != Style::quoted;
            const auto value = may_be ? read_whole(node.text()) : std::nullopt;
            if (value && *value >= least && *value <= most) return value;
            const bool is_whole = may_be && looks_like(node.text()) == Look::whole &&
                                  node.text().find_first_of("xo") == std::string::npos;
            const std::string range = fmt::format("from {} to {}", least, most);
            report.wrong(node, is_whole ? range : "a whole number " + range, quoted_number_hint(node));
            return std::nullopt;
          },
          [=] { return whole_schema(least, most); }};
}

Kind<double> number(double least, double most) {
  return {[=](const Node& node, Report& report) -> std::optional<double> {
            const bool may_be = node.is_scalar() && node.style() != Style::quoted;
            const auto value = may_be ? read_number(node.text()) : std::nullopt;
            if (value && *value >= least && *value <= most) return value;
            report.wrong(node, fmt::format("a number from {} to {}", least, most), quoted_number_hint(node));
            return std::nullopt;
          },
          [=] { return number_schema(least, most); }};
}

Kind<core::Duration> duration(core::Duration least, core::Duration most) {
  return {[=](const Node& node, Report& report) { return read_duration(node, report, least, most, ""); },
          [] { return text_schema({}, {}, duration_pattern); }};
}

Kind<core::Duration> duration_or(std::vector<std::pair<std::string, core::Duration>> words,
                                 core::Duration least, core::Duration most) {
  std::vector<std::string> names;
  std::string or_word;
  for (const auto& [word, meaning] : words) {
    names.push_back(word);
    or_word += ", or " + word;
  }
  return {[=](const Node& node, Report& report) -> std::optional<core::Duration> {
            for (const auto& [word, meaning] : words) {
              if (node.is_scalar() && node.text() == word) return meaning;
            }
            return read_duration(node, report, least, most, or_word);
          },
          [=] { return any_of_schema({choice_schema(names), text_schema({}, {}, duration_pattern)}); }};
}

Kind<std::uint64_t> bytes(std::uint64_t least, std::uint64_t most) {
  return {[=](const Node& node, Report& report) -> std::optional<std::uint64_t> {
            const auto value = node.is_scalar() ? core::read_bytes(node.text()) : std::nullopt;
            if (value && *value >= least && *value <= most) return value;
            const std::string range =
                fmt::format("from {} to {}", core::show_bytes(least), core::show_bytes(most));
            report.wrong(node, value ? range : "a size such as 64KiB or 10MiB, " + range);
            return std::nullopt;
          },
          [=] {
            return any_of_schema(
                {text_schema({}, {}, bytes_pattern),
                 whole_schema(static_cast<std::int64_t>(least),
                              static_cast<std::int64_t>(std::min<std::uint64_t>(most, INT64_MAX)))});
          }};
}

Kind<Secret> secret() {
  return {read_secret, [] {
            return object_schema({{"file", "the path of a file that holds the secret, and nothing else",
                                   false, text_schema(1)},
                                  {"env", "the name of an environment variable", false, text_schema(1)}},
                                 {{{"file", "env"}, true}});
          }};
}

Kind<Secret> open_or_secret() {
  const std::function<Secret(std::string)> hide = [](std::string text) { return Secret(std::move(text)); };
  return either(text().as<Secret>(hide), secret());
}

Kind<Budget> budget() {
  return {[](const Node& node, Report& report) -> std::optional<Budget> {
            const auto value = node.is_scalar() ? read_budget(node.text()) : std::nullopt;
            if (!value) report.wrong(node, "a budget such as \"5 per 1h\": 0 to 1000 per 1s to 30d");
            return value;
          },
          [] { return text_schema({}, {}, "^[0-9]+ per ([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$"); }};
}

}  // namespace outrider::config
