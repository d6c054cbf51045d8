// Finds secrets in a text. One pass: a byte that may belong to a secret ('@', the J of "eyJ", a digit, ':')
// leads to a closer look around it, everything else is passed over. Time is linear in the text whatever it
// holds, but for custom expressions, which are RE2's and linear as well.
#pragma once

#include "agent/lines/pattern.hpp"
#include "agent/lines/secrets/rule.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::lines::secrets {

struct Finding {
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t rule = 0;  // its place in the rules
};

class Finder {
 public:
  explicit Finder(const std::vector<Rule>& rules);

  // Puts what is found in `text` there, in order, none overlapping another. `open` is set when the value of a
  // named field is not closed at the end of the text.
  struct Open {
    char quote = 0;  // 0: nothing is open
    std::size_t slashes = 0;
  };
  void find(std::string_view text, std::vector<Finding>& found, Open* open = nullptr) const;

  // The rule for fields of this name: "password" is named by "password", "Password" and "user.password".
  // `path` is the name with those of the objects around it, for a rule with a point in it. -1: none.
  int field_rule(std::string_view path) const;
  bool names_fields() const { return !fields_.empty(); }
  // Whether only the parts of a line show all that is looked for: a path of names, an expression with ^.
  bool needs_parts() const { return has_paths_ || !customs_.empty(); }

 private:
  struct Field {
    std::string name;  // in lower case
    std::size_t rule;
  };
  struct Custom {
    std::unique_ptr<Pattern> pattern;
    std::size_t rule;
  };

  std::size_t look(std::string_view text, std::size_t at, std::size_t floor, std::vector<Finding>& found,
                   Open* open) const;
  bool add(Kind kind, std::size_t from, std::size_t to, std::vector<Finding>& found) const;
  std::size_t look_at_number(std::string_view text, std::size_t at, std::size_t floor,
                             std::vector<Finding>& found) const;
  std::size_t look_at_name(std::string_view text, std::size_t at, std::size_t floor,
                           std::vector<Finding>& found, Open* open) const;
  void find_custom(std::string_view text, std::vector<Finding>& found) const;

  std::array<bool, 256> triggers_{};
  std::array<int, kind_names.size()> rules_{};  // of each kind; -1: not looked for
  std::vector<Field> fields_;
  bool has_paths_ = false;
  std::vector<Custom> customs_;
};

// Where the value of a field is closed that was opened with this quote; npos: not in this text.
std::size_t closing(std::string_view text, std::size_t from, Finder::Open open);

}  // namespace outrider::lines::secrets
