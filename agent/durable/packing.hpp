// Values of the book are packed fields: numbers of variable length, and texts behind their length. What is
// unpacked was checked by its seal before; still no byte of it is believed blindly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::durable {

void pack(std::string& out, std::uint64_t number);
void pack(std::string& out, std::string_view text);

class Unpacker {
 public:
  explicit Unpacker(std::string_view packed) : rest_(packed) {}

  std::uint64_t number();
  std::string_view text();

  // False once a field was asked for that is not there whole; it was given as 0 or empty.
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// A number as a key: eight bytes, in the order of numbers.
std::string key_of(std::uint64_t number);
std::optional<std::uint64_t> number_of(std::string_view key);

}  // namespace outrider::durable
