// From a file or a text to a typed value, or to the full report of what is wrong with it.
// Safe against what is not a configuration at all: size, nesting and aliases are bounded before anything is
// built.
#pragma once

#include "agent/config/environment.hpp"
#include "agent/config/kind.hpp"
#include "agent/config/node.hpp"
#include "agent/config/report.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace outrider::config {

inline constexpr std::uint64_t most_file_bytes = 1ull << 20;
inline constexpr std::uint64_t most_line_bytes = 64ull << 10;
inline constexpr std::uint64_t most_bytes_ahead = 128ull
                                                  << 10;  // read by yaml-cpp before it tells of a value
inline constexpr std::uint64_t most_nodes = 20'000;       // with every alias followed
inline constexpr std::uint32_t most_depth = 64;

template <class T>
struct Loaded {
  std::optional<T> value;  // nothing when anything is wrong
  Node root;
  Report report;
  std::string hash;  // of what is written, for people to compare: the beginning of its fingerprint

  explicit operator bool() const { return value.has_value(); }
  core::Outcome<T> outcome() && {
    if (value) return std::move(*value);
    return core::fail(report.error());
  }
};

// The tree of report.source(); everything wrong with it as YAML is added to the report.
std::optional<Node> parse(Report& report);
// A report over the file's text; when it could not be read, the report says so.
Report open_file(const std::string& path, Environment environment);

// Did anything change under this path ("logs.send_to", empty for all), secrets' contents included?
bool same_under(std::string_view path, const Node& a_root, const Report& a, const Node& b_root,
                const Report& b);
template <class T>
bool same_under(std::string_view path, const Loaded<T>& a, const Loaded<T>& b) {
  return same_under(path, a.root, a.report, b.root, b.report);
}

template <class T>
Loaded<T> load(Report report, const Kind<T>& kind) {
  Loaded<T> loaded{std::nullopt, Node(), std::move(report), {}};
  if (!loaded.report.clean()) return loaded;
  const auto root = parse(loaded.report);
  if (!root) return loaded;
  loaded.root = *root;
  loaded.hash = fingerprint(*root).substr(0, 12);
  loaded.value = kind.read(*root, loaded.report);
  if (!loaded.report.clean()) loaded.value.reset();
  return loaded;
}

template <class T>
Loaded<T> load_file(const std::string& path, const Kind<T>& kind,
                    Environment environment = process_environment()) {
  return load(open_file(path, std::move(environment)), kind);
}

// `name` stands where a file's name would in messages.
template <class T>
Loaded<T> load_text(std::string name, std::string text, const Kind<T>& kind,
                    Environment environment = process_environment()) {
  return load(Report(std::move(name), std::move(text), std::move(environment)), kind);
}

// For `outrider schema`, editors and CI.
template <class T>
Schema json_schema(const Kind<T>& kind, std::string_view title = "Outrider configuration") {
  return root_schema(kind.describe(), title);
}

}  // namespace outrider::config
