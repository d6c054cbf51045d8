#include "agent/cli/selftest/lines.hpp"

#include "agent/core/number.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace outrider::cli {
namespace {

constexpr std::string_view mark = "selftest ";
constexpr std::array<std::string_view, 12> words{"order", "paid", "by",         "customer", "Grüße", "日本語",
                                                 "🎷",    "GET",  "/api/notes", "retry",    "100%",  "it's"};

std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

}  // namespace

std::string line_of(std::uint64_t seed, std::uint64_t number) {
  std::uint64_t dice = mixed(seed * 0x9e3779b97f4a7c15 + number + 1);
  std::string line = fmt::format("{}{} {:016x}", mark, number, dice);
  const std::size_t length = number % 500 == 499 ? 5000 : 60 + dice % 200;
  while (line.size() < length) {
    dice = mixed(dice + 1);
    line.append(" ").append(words[dice % words.size()]);
  }
  return line;
}

std::optional<std::uint64_t> number_in(std::uint64_t seed, std::string_view document) {
  const std::size_t at = document.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  document.remove_prefix(at);
  const std::string_view rest = document.substr(mark.size());
  const auto number = core::read_number<std::uint64_t>(rest.substr(0, rest.find(' ')));
  if (!number) return std::nullopt;
  const std::string line = line_of(seed, *number);
  if (!document.starts_with(line) || !document.substr(line.size()).starts_with('"')) return std::nullopt;
  return number;
}

void Tally::count(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const auto number = end == std::string_view::npos ? std::nullopt : number_in(seed_, text.substr(0, end));
    if (!number) {
      ++spoilt_;
    } else {
      if (seen_.size() <= *number) seen_.resize(*number + 1);
      ++seen_[*number];
    }
    text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? end : end + 1));
  }
}

std::uint64_t Tally::complete_until() const {
  return static_cast<std::uint64_t>(std::ranges::find(seen_, 0U) - seen_.begin());
}

Tally::Verdict Tally::judge(std::uint64_t written) const {
  Verdict verdict;
  verdict.spoilt = spoilt_;
  for (std::uint64_t number = 0; number < std::max<std::uint64_t>(written, seen_.size()); ++number) {
    const std::uint32_t times = number < seen_.size() ? seen_[number] : 0;
    if (number >= written) {
      if (times > 0) ++verdict.spoilt;  // it was never written
    } else if (times == 0) {
      verdict.lost.push_back(number);
    } else if (times == 1) {
      ++verdict.once;
    } else {
      verdict.twice.push_back(number);
    }
  }
  return verdict;
}

std::string show_numbers(const std::vector<std::uint64_t>& numbers) {
  constexpr std::size_t most_runs = 5;
  std::string text;
  std::size_t shown = 0, runs = 0;
  for (; shown < numbers.size() && runs < most_runs; ++runs) {
    std::size_t last = shown;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += fmt::format("{}{}", runs == 0 ? "" : ", ", numbers[shown]);
    if (last > shown) text += fmt::format(" to {}", numbers[last]);
    shown = last + 1;
  }
  return shown < numbers.size() ? text + fmt::format(" and {} more", numbers.size() - shown) : text;
}

}  // namespace outrider::cli
