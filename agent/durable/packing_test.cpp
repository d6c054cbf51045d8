#include "agent/durable/packing.hpp"

#include <gtest/gtest.h>

namespace outrider::durable {
namespace {

TEST(Packing, GivesBackWhatWasPackedAndNoticesTheEnd) {
  std::string packed;
  const std::uint64_t numbers[] = {0, 1, 127, 128, 300, 1ull << 35, ~0ull};
  for (const std::uint64_t number : numbers) pack(packed, number);
  pack(packed, std::string_view("text"));
  pack(packed, std::string_view());
  Unpacker unpacker(packed);
  for (const std::uint64_t number : numbers) EXPECT_EQ(unpacker.number(), number);
  EXPECT_EQ(unpacker.text(), "text");
  EXPECT_EQ(unpacker.text(), "");
  EXPECT_TRUE(unpacker.good());
  EXPECT_TRUE(unpacker.at_end());
  EXPECT_EQ(unpacker.number(), 0u);
  EXPECT_FALSE(unpacker.good());
}

TEST(Packing, OfEveryCutFieldIsNotGood) {
  std::string packed;
  pack(packed, std::uint64_t{1} << 40);
  pack(packed, std::string_view("some text"));
  for (std::size_t length = 0; length < packed.size(); ++length) {
    Unpacker unpacker(std::string_view(packed).substr(0, length));
    unpacker.number();
    unpacker.text();
    EXPECT_FALSE(unpacker.good()) << length;
  }
}

TEST(Packing, OfANumberAsAKeyKeepsTheOrder) {
  EXPECT_LT(key_of(255), key_of(256));
  EXPECT_LT(key_of(1ull << 40), key_of(~0ull));
  EXPECT_EQ(number_of(key_of(0x0123456789ABCDEFull)), 0x0123456789ABCDEFull);
  EXPECT_FALSE(number_of("short"));
}

}  // namespace
}  // namespace outrider::durable
