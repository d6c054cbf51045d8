// The plain kinds of values. Each says, when something is wrong, what it must be and what was written.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/config/node.hpp"
#include "agent/config/secret.hpp"
#include "agent/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::config {

// What a number that was not put in quotes looks like is not text: `version: 1.10` would be read as 1.1 by
// every other tool, so it is refused with the advice to quote it.
Kind<std::string> text();
Kind<std::string> text_matching(std::size_t least_characters, std::size_t most_characters);
Kind<bool> yes_or_no();  // true or false
Kind<std::int64_t> whole(std::int64_t least, std::int64_t most);
Kind<double> number(double least, double most);
Kind<core::Duration> duration(core::Duration least, core::Duration most);
// A duration, or a word that stands for one: duration_or({{"never", 0s}}, 10ms, 1h).
Kind<core::Duration> duration_or(std::vector<std::pair<std::string, core::Duration>> words,
                                 core::Duration least, core::Duration most);
Kind<std::uint64_t> bytes(std::uint64_t least, std::uint64_t most);
Kind<Secret> secret();          // {file: path} or {env: NAME}, never the text itself
Kind<Secret> open_or_secret();  // that, or a text in the open, for what need not be hidden
Kind<std::string> url(std::vector<std::string> schemes);
Kind<std::string> endpoint();  // "host:port", "[::1]:80", "unix:/path"
Kind<std::string> path();      // absolute

struct Budget {
  std::uint32_t count = 5;
  core::Duration per = std::chrono::hours(1);

  friend bool operator==(const Budget&, const Budget&) = default;
};
Kind<Budget> budget();  // "5 per 1h"

// What the keys of a map_of may look like.
enum class Names {
  any,
  slug,   // letters, digits, - _ . ; begins with a letter or digit
  label,  // [A-Za-z_][A-Za-z0-9_]*: a Prometheus label, an environment variable
};

// The word `none` for an empty text: or_none(endpoint()).
Kind<std::string> or_none(Kind<std::string> kind);

namespace detail {
std::optional<std::size_t> read_choice(const std::vector<std::string>& words, const Node& node,
                                       Report& report);
// Complains when it is not a list of that many items.
bool check_list(const Node& node, Report& report, std::size_t least, std::size_t most);
bool check_map(const Node& node, Report& report, Names names);
using Describe = std::function<Schema()>;
Describe describe_choice(std::vector<std::string> words);
Describe describe_list(Describe item, std::size_t least, std::size_t most);
Describe describe_map(Describe value, Names names);
Describe describe_any_of(Describe one, Describe other);
}  // namespace detail

template <class E>
Kind<E> choice(std::vector<std::pair<std::string, E>> choices) {
  std::vector<std::string> words;
  for (const auto& [word, meaning] : choices) words.push_back(word);
  return Kind<E>(
      [choices, words](const Node& node, Report& report) -> std::optional<E> {
        const auto index = detail::read_choice(words, node, report);
        if (!index) return std::nullopt;
        return choices[*index].second;
      },
      detail::describe_choice(words));
}

template <class T>
Kind<std::vector<T>> list_of(Kind<T> kind, std::size_t least_items = 0, std::size_t most_items = 1000) {
  return Kind<std::vector<T>>(
      [=](const Node& node, Report& report) -> std::optional<std::vector<T>> {
        if (!detail::check_list(node, report, least_items, most_items)) return std::nullopt;
        std::vector<T> values;
        for (const Node& item : node.items()) {
          if (auto value = kind.read(item, report)) values.push_back(std::move(*value));
        }
        if (values.size() != node.items().size()) return std::nullopt;
        return values;
      },
      detail::describe_list(kind.body()->describe, least_items, most_items));
}

// The order of the document is kept.
template <class T>
Kind<std::vector<std::pair<std::string, T>>> map_of(Kind<T> kind, Names names = Names::any) {
  using Map = std::vector<std::pair<std::string, T>>;
  return Kind<Map>(
      [=](const Node& node, Report& report) -> std::optional<Map> {
        bool fine = detail::check_map(node, report, names);
        Map map;
        for (const Entry& entry : node.entries()) {
          auto value = kind.read(entry.value, report);
          if (value) map.emplace_back(entry.key, std::move(*value));
          fine = fine && value;
        }
        if (!fine) return std::nullopt;
        return map;
      },
      detail::describe_map(kind.body()->describe, names));
}

// `"url"` or `{url: …}`: a scalar is read by the first, anything else by the second.
template <class T>
Kind<T> either(Kind<T> scalar_form, Kind<T> other_form) {
  return Kind<T>(
      [=](const Node& node, Report& report) {
        return node.is_scalar() ? scalar_form.read(node, report) : other_form.read(node, report);
      },
      detail::describe_any_of(scalar_form.body()->describe, other_form.body()->describe));
}

// `[a, b]` or `{what: [a, b]}`: a list is read by the first, anything else by the second.
template <class T>
Kind<T> list_or(Kind<T> list_form, Kind<T> other_form) {
  return Kind<T>(
      [=](const Node& node, Report& report) {
        return node.is_list() ? list_form.read(node, report) : other_form.read(node, report);
      },
      detail::describe_any_of(list_form.body()->describe, other_form.body()->describe));
}

}  // namespace outrider::config
