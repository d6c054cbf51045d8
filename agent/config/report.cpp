#include "agent/config/report.hpp"

#include "agent/config/document/source.hpp"
#include "agent/config/load.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::config {
namespace {

constexpr std::size_t most_troubles = 200;  // more than that nobody reads; the rest are counted
constexpr std::size_t most_line_characters = 110;

// Walks forward through the lines of a text: troubles are told in order, so one walk serves all.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::string_view at(std::uint32_t number) {
    while (number_ < number && !rest_.empty()) {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
      ++number_;
    }
    return number_ == number ? rest_.substr(0, rest_.find('\n')) : std::string_view();
  }

 private:
  std::string_view rest_;
  std::uint32_t number_ = 1;
};

// Characters `from` to `from + count` of a line, with what a terminal should not be sent replaced.
std::string clean_slice(std::string_view line, std::size_t from, std::size_t count) {
  std::string out;
  std::size_t number = 0;
  while (!line.empty() && number < from + count) {
    const std::size_t length = utf8_length(line);
    const auto first = static_cast<unsigned char>(line.front());
    if (number >= from) {
      if (first == '\t') {
        out += ' ';
      } else if (length == 0 || first < 0x20 || first == 0x7f) {
        out += "\xef\xbf\xbd";
      } else {
        out += line.substr(0, length);
      }
    }
    line.remove_prefix(std::max<std::size_t>(length, 1));
    ++number;
  }
  return out;
}

}  // namespace

Report::Report(std::string name, std::string text, Environment environment)
    : name_(std::move(name)), environment_(std::move(environment)) {
  if (text.size() > most_file_bytes) {
    add_about_file(fmt::format("it is {} long; at most {} are read", core::show_bytes(text.size()),
                               core::show_bytes(most_file_bytes)));
    text.clear();
  }
  tidy_line_ends(text);
  source_ = std::make_shared<const std::string>(std::move(text));
}

void Report::add(Place place, std::string message, std::string hint) {
  if (settled_.contains(place)) return;
  if (troubles_.size() == most_troubles) {
    ++more_;
    return;
  }
  troubles_.push_back({place, std::move(message), std::move(hint), true});
}

void Report::settle(Place place, std::string message, std::string hint) {
  add(place, std::move(message), std::move(hint));
  settled_.insert(place);
}

void Report::add_about_file(std::string message, std::string hint) {
  troubles_.push_back({Place{}, std::move(message), std::move(hint), false});
}

void Report::wrong(const Node& node, std::string_view must_be, std::string hint) {
  if (node.shape() == Shape::nothing) {
    add(node.place(), fmt::format("{} is empty: it must be {}", node.title(), must_be), std::move(hint));
  } else {
    add(node.place(), fmt::format("{} must be {}, not {}", node.title(), must_be, node.written()),
        std::move(hint));
  }
}

std::vector<Trouble> Report::troubles() const {
  std::vector<Trouble> sorted = troubles_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Trouble& a, const Trouble& b) { return a.place < b.place; });
  return sorted;
}

std::string Report::text() const {
  std::string out;
  Lines lines(*source_);
  for (const Trouble& trouble : troubles()) {
    if (trouble.in_text) {
      out += fmt::format("{}:{}:{}: {}\n", name_, trouble.place.line, trouble.place.column, trouble.message);
      show_line(lines.at(trouble.place.line), trouble.place, out);
    } else {
      out += fmt::format("{}: {}\n", name_, trouble.message);
    }
    if (!trouble.hint.empty()) out += fmt::format("  hint: {}\n", trouble.hint);
  }
  if (more_ > 0) out += fmt::format("{}: and {} more\n", name_, more_);
  return out;
}

void Report::show_line(std::string_view line, Place place, std::string& out) const {
  const std::size_t column = place.column - 1;
  const std::size_t from = column > most_line_characters * 3 / 4 ? column - most_line_characters / 2 : 0;
  std::size_t count = most_line_characters;
  std::string_view rest;
  const auto concealed = concealed_.lower_bound(Place{place.line, 1});
  if (concealed != concealed_.end() && concealed->line == place.line) {
    const std::size_t hidden = concealed->column - 1;
    count = hidden > from ? std::min(count, hidden - from) : 0;
    rest = "‹hidden›";
  }
  const std::string shown = clean_slice(line, from, count);
  if (shown.empty() && rest.empty()) return;
  const std::string before = from > 0 ? "…" : "";
  const std::string number = fmt::format("{:5}", place.line);
  out += fmt::format("{} | {}{}{}\n", number, before, shown, rest);
  out += fmt::format("{} | {:{}}^\n", "     ", "", column - from + (from > 0 ? 1 : 0));
}

core::Error Report::error() const {
  return {core::Errc::invalid,
          fmt::format("cannot use {}: {} error{}", name_, size(), size() == 1 ? "" : "s"), text()};
}

void complain(const Node& node, Report& report, std::string message) {
  const bool whole_sentence = !message.starts_with("must ");
  report.add(node.place(), whole_sentence ? std::move(message) : fmt::format("{} {}", node.title(), message));
}

}  // namespace outrider::config
