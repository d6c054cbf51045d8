#include "agent/lines/pattern.hpp"

#include <array>

#include <re2/re2.h>

namespace outrider::lines {
namespace {

constexpr int most_groups = 64;

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  return options;
}

}  // namespace

struct Pattern::Machine {
  explicit Machine(const std::string& text) : expression(text, options()) {}
  RE2 expression;
  std::string problem;
  std::vector<int> groups;  // the numbers of the named ones
};

std::optional<std::string> not_a_pattern(const std::string& text) {
  const Pattern made(text);
  if (made.problem().empty()) return std::nullopt;
  return "it is no regular expression that RE2 takes: " + made.problem();
}

Pattern::Pattern(const std::string& text) : machine_(std::make_unique<Machine>(text)) {
  if (!machine_->expression.ok()) {
    machine_->problem = machine_->expression.error();
  } else if (machine_->expression.NumberOfCapturingGroups() >= most_groups) {
    machine_->problem = "it has more than 63 groups";
  } else {
    for (const auto& [number, name] : machine_->expression.CapturingGroupNames()) {
      machine_->groups.push_back(number);
      names_.push_back(name);
    }
  }
}

Pattern::~Pattern() = default;

const std::string& Pattern::problem() const { return machine_->problem; }

bool Pattern::found_in(std::string_view text) const {
  const re2::StringPiece piece(text.data(), text.size());
  return machine_->expression.Match(piece, 0, piece.size(), RE2::UNANCHORED, nullptr, 0);
}

std::pair<std::size_t, std::size_t> Pattern::find(std::string_view text, std::size_t from) const {
  const re2::StringPiece piece(text.data(), text.size());
  re2::StringPiece found;
  if (!machine_->expression.Match(piece, from, piece.size(), RE2::UNANCHORED, &found, 1))
    return {std::string_view::npos, std::string_view::npos};
  const auto at = static_cast<std::size_t>(found.data() - text.data());
  return {at, at + found.size()};
}

bool Pattern::take_apart(std::string_view text, std::vector<std::string_view>& groups) const {
  std::array<re2::StringPiece, most_groups> pieces;
  const re2::StringPiece piece(text.data(), text.size());
  const int count = machine_->expression.NumberOfCapturingGroups() + 1;
  if (!machine_->expression.Match(piece, 0, piece.size(), RE2::UNANCHORED, pieces.data(), count))
    return false;
  groups.clear();
  for (const int number : machine_->groups) {
    const re2::StringPiece& one = pieces[static_cast<std::size_t>(number)];
    groups.emplace_back(one.data(), one.size());
  }
  return true;
}

}  // namespace outrider::lines
