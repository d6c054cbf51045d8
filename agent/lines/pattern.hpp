// A regular expression as the configuration writes it. RE2's syntax and its promise: time linear in the text.
// RE2 itself is included only where it is used.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::lines {

inline constexpr std::size_t longest_pattern = 4096;

// Why RE2 does not take it; nothing when it does.
std::optional<std::string> not_a_pattern(const std::string& text);

class Pattern {
 public:
  explicit Pattern(const std::string& text);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  const std::string& problem() const;  // empty: it can be used

  bool found_in(std::string_view text) const;
  // Where it is found first from `from` on; {npos, npos} when it is not.
  std::pair<std::size_t, std::size_t> find(std::string_view text, std::size_t from) const;

  // Group names in order; those without a name are left out.
  const std::vector<std::string>& names() const { return names_; }
  // What the named groups took, in the order of names(); a group that took nothing has data() == nullptr.
  // False when it is not found.
  bool take_apart(std::string_view text, std::vector<std::string_view>& groups) const;

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
  std::vector<std::string> names_;
};

}  // namespace outrider::lines
