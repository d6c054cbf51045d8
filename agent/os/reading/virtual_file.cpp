#include "agent/os/reading/virtual_file.hpp"

#include "agent/core/number.hpp"
#include "agent/os/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include <fcntl.h>

namespace outrider::os {
namespace {

constexpr std::size_t most_bytes = 4UL * 1024 * 1024;

}  // namespace

core::Outcome<std::string> read_virtual(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return core::fail(core::system_error("cannot open " + path));
  std::string content;
  std::array<char, 8192> buffer;
  for (;;) {
    const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::fail(core::system_error("cannot read " + path));
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > most_bytes)
      return core::fail(core::Errc::exhausted, "cannot read " + path + ": too large");
  }
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code trouble;
  std::filesystem::directory_iterator entry(directory, trouble);
  while (!trouble && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(trouble);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::uint64_t> count_in(const std::string& directory) {
  std::error_code trouble;
  const std::filesystem::directory_iterator entries(directory, trouble);
  if (trouble) return std::nullopt;
  return static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) pieces.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pieces;
}

std::string_view take_word(std::string_view& rest) {
  constexpr std::string_view blanks = " \t";
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  return word;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return core::read_number<std::uint64_t>(text);
}

std::optional<double> hexadecimal(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (trouble != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name) {
  for (std::string_view line : split(text, '\n')) {
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    if (line.empty() || (line.front() != ' ' && line.front() != ':' && line.front() != '\t')) continue;
    line.remove_prefix(1);
    const auto words = split(line, ' ');
    if (!words.empty()) return whole_number(words.front());
  }
  return std::nullopt;
}

}  // namespace outrider::os
