#include "agent/config/secret.hpp"

#include <string.h>

#include <fmt/core.h>

namespace outrider::config {
namespace {

struct Wiped {
  Wiped(const char* begin, std::size_t size) : text(begin, size) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { explicit_bzero(text.data(), text.size()); }

  std::string text;
};

// Characters, not bytes: it is for people.
std::size_t count_characters(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

Secret::Secret(std::string text) {
  auto kept = std::make_shared<Wiped>(text.data(), text.size());
  text_ = std::shared_ptr<const std::string>(kept, &kept->text);
  explicit_bzero(text.data(), text.size());
}

const std::string& Secret::reveal() const {
  static const std::string none;
  return text_ ? *text_ : none;
}

std::string Secret::shown() const {
  if (!is_set()) return "‹not set›";
  return fmt::format("‹set, {} chars›", count_characters(*text_));
}

}  // namespace outrider::config
