// Pages of docs/ whose tables are written by the program: prose, and behind the first "### " what it shows.
// OUTRIDER_REWRITE=1 writes them anew; a test holds them otherwise.
#pragma once

#include "agent/telemetry/metrics.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace outrider::sources::pages {

inline std::string read_page(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::set<std::string> labels_of(const telemetry::FamilySet& set, const telemetry::Family& family) {
  std::set<std::string> names;
  for (const auto& sample : family.samples) {
    std::string_view rest = set.text(sample.labels);
    while (!rest.empty()) {
      names.insert(fmt::format("`{}`", rest.substr(0, rest.find('='))));
      const std::size_t end = rest.find("\",");
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    }
  }
  return names;
}

// A collector's heading and table.
inline std::string section_of(std::string_view collector, telemetry::FamilySet set) {
  std::ranges::sort(set.families, {}, &telemetry::Family::name);
  std::string text =
      fmt::format("### {}\n\n| Name | Type | Labels | Meaning |\n|---|---|---|---|\n", collector);
  for (const auto& family : set.families) {
    const std::string_view type =
        family.type == telemetry::MetricType::unknown ? "untyped" : telemetry::name_of(family.type);
    text += fmt::format("| `{}` | {} | {} | {} |\n", family.name, type,
                        fmt::join(labels_of(set, family), ", "), family.help);
  }
  return text;
}

inline void hold(const std::string& path, const std::map<std::string, telemetry::FamilySet>& collectors) {
  std::string shown;
  for (const auto& [name, set] : collectors) shown += (shown.empty() ? "" : "\n") + section_of(name, set);
  const std::string page = read_page(path);
  const std::string prose = page.substr(0, page.find("### "));
  if (std::getenv("OUTRIDER_REWRITE") != nullptr) std::ofstream(path) << prose << shown;
  EXPECT_EQ(read_page(path).substr(std::min(prose.size(), page.size())), shown)
      << "OUTRIDER_REWRITE=1 build/dev/bin/sources_test --gtest_filter='*Page.*' writes " << path << " anew";
}

}  // namespace outrider::sources::pages
