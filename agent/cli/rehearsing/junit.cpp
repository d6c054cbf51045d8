#include "agent/cli/rehearsing/junit.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/core.h>

namespace outrider::cli {
namespace {

// What XML cannot hold at all is left out.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : core::clean_utf8(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

void append_case(std::string& out, const FileTried& tried, const pipeline::Rehearsed& one) {
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", escaped(tried.file), escaped(one.name));
  if (one.differences.empty()) {
    out += "/>\n";
    return;
  }
  std::string text;
  for (const pipeline::Difference& difference : one.differences) {
    text += fmt::format("{}:{}, record {}\n", tried.file, difference.line, difference.record);
    for (const std::string& sentence : difference.said) text += "  " + sentence + "\n";
    if (!difference.document.empty()) text += "  " + difference.document + "\n";
  }
  out += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                     escaped(one.differences.front().said.front()), escaped(text));
}

}  // namespace

std::string junit(const std::vector<FileTried>& all) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const FileTried& tried : all) {
    const auto failed = std::count_if(tried.tests.begin(), tried.tests.end(),
                                      [](const auto& one) { return !one.differences.empty(); });
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", escaped(tried.file),
                       tried.tests.size(), failed);
    for (const pipeline::Rehearsed& one : tried.tests) append_case(out, tried, one);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace outrider::cli
