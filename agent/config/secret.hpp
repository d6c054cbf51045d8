// A value that must not be seen. It cannot be printed, streamed, formatted or compared; whoever needs the
// text says reveal(), which is easy to search for. The bytes are wiped when the last copy goes.
#pragma once

#include <memory>
#include <ostream>
#include <string>

namespace outrider::config {

class Secret {
 public:
  Secret() = default;  // not set
  explicit Secret(std::string text);

  bool is_set() const { return text_ != nullptr; }
  const std::string& reveal() const;  // empty when not set
  std::string shown() const;          // "‹set, 24 chars›" or "‹not set›"

  bool operator==(const Secret&) const = delete;
  template <class Character, class Traits>
  friend std::basic_ostream<Character, Traits>& operator<<(std::basic_ostream<Character, Traits>&,
                                                           const Secret&) = delete;

 private:
  std::shared_ptr<const std::string> text_;
};

}  // namespace outrider::config
