#include "agent/durable/installation.hpp"

#include <array>
#include <charconv>

namespace outrider::durable {
namespace {

const std::string table = "agent";
const std::string key = "installation";

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

}  // namespace

core::Outcome<std::string> installation_of(Book& book, core::Random& random) {
  const auto known = book.read(table, key);
  if (!known) return core::fail(known.error());
  if (*known) return **known;
  const std::string made = hexadecimal(random.next()) + hexadecimal(random.next());
  const std::array<Change, 1> changes{Change{table, key, made}};
  if (auto written = book.write(changes); !written) return core::fail(written.error());
  return made;
}

}  // namespace outrider::durable
