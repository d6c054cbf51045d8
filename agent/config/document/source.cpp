#include "agent/config/document/source.hpp"

#include "agent/config/load.hpp"
#include "agent/config/report.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::config {
namespace {

constexpr std::size_t binary_look_bytes = 8192;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

bool is_unwelcome_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
}

Place place_of_offset(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 == 0
  return Ruler(text).place(line, offset - start, offset);
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool beyond = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void tidy_line_ends(std::string& text) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  if (text.find('\r') == std::string::npos) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      text[kept++] = text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      text[kept++] = '\n';  // a carriage return alone ends a line too
    }
  }
  text.resize(kept);
}

bool check_source(Report& report) {
  const std::string_view text = report.source();
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    report.add_about_file("it is UTF-16 text", "save it as UTF-8");
    return false;
  }
  if (text.substr(0, binary_look_bytes).find('\0') != std::string_view::npos) {
    report.add_about_file("it is a binary file, not YAML");
    return false;
  }
  std::size_t offset = 0;
  std::size_t line_start = 0;
  while (offset < text.size()) {
    if (text[offset] == '\n') line_start = offset + 1;
    if (offset > line_start + most_line_bytes) {
      report.add(place_of_offset(text, line_start),
                 fmt::format("the line is longer than {}", core::show_bytes(most_line_bytes)));
      return false;
    }
    const std::size_t length = utf8_length(text.substr(offset));
    const auto byte = static_cast<unsigned char>(text[offset]);
    if (length == 0) {
      report.add(place_of_offset(text, offset), fmt::format("the byte 0x{:02x} is not UTF-8", byte),
                 "save the file as UTF-8");
      return false;
    }
    if (is_unwelcome_control(text[offset])) {
      report.add(place_of_offset(text, offset),
                 fmt::format("the control character 0x{:02x} may not stand here", byte),
                 fmt::format("inside \"double quotes\" it can be written as \\x{:02x}", byte));
      return false;
    }
    offset += length;
  }
  return true;
}

Place Ruler::place(std::size_t line, std::size_t column, std::size_t offset) {
  const std::size_t start = offset >= column ? offset - column : 0;
  const std::size_t end = std::min(offset, text_.size());
  if (start != line_start_ || end < line_start_ + counted_bytes_) {
    line_start_ = start;
    counted_bytes_ = 0;
    counted_characters_ = 0;
  }
  while (line_start_ + counted_bytes_ < end) {
    const std::size_t length = utf8_length(text_.substr(line_start_ + counted_bytes_));
    counted_bytes_ += std::max<std::size_t>(length, 1);
    ++counted_characters_;
  }
  return {static_cast<std::uint32_t>(line + 1), static_cast<std::uint32_t>(counted_characters_ + 1)};
}

}  // namespace outrider::config
