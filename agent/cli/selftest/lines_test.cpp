#include "agent/cli/selftest/lines.hpp"

#include <set>

#include <gtest/gtest.h>

using namespace outrider::cli;

namespace {

std::string document(const std::string& message) { return R"({"message":")" + message + R"(","x":1})"; }

}  // namespace

TEST(SelftestLines, AreToldFromEachOtherAndFromWhatIsSpoilt) {
  const std::string line = line_of(7, 12);
  EXPECT_EQ(number_in(7, document(line)), 12u);
  EXPECT_EQ(number_in(8, document(line)), std::nullopt) << "of another story";
  EXPECT_EQ(number_in(7, document(line.substr(0, line.size() - 1))), std::nullopt);
  EXPECT_EQ(number_in(7, document(line + " ")), std::nullopt);
  EXPECT_EQ(number_in(7, document("something else")), std::nullopt);
  std::set<std::string> lines;
  for (std::uint64_t number = 0; number < 1000; ++number)
    EXPECT_TRUE(lines.insert(line_of(7, number)).second);
}

TEST(SelftestLines, EachIsCountedAndWhatIsLostOrTwiceIsNamed) {
  Tally tally(7);
  for (const std::uint64_t number : {0u, 1u, 2u, 5u, 2u, 9u})
    tally.count(document(line_of(7, number)) + "\n");
  EXPECT_EQ(tally.complete_until(), 3u);
  tally.count("{\"mess");
  tally.count("half a line\n");
  const auto verdict = tally.judge(8);
  EXPECT_EQ(verdict.once, 3u);
  EXPECT_EQ(verdict.lost, (std::vector<std::uint64_t>{3, 4, 6, 7}));
  EXPECT_EQ(verdict.twice, (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(verdict.spoilt, 3u) << "a piece, a strange line, and one that was never written";
}

TEST(SelftestLines, ManyNumbersAreShownAsRuns) {
  EXPECT_EQ(show_numbers({}), "");
  EXPECT_EQ(show_numbers({3, 4, 5, 9}), "3 to 5, 9");
  EXPECT_EQ(show_numbers({1, 3, 5, 7, 9, 11, 13}), "1, 3, 5, 7, 9 and 2 more");
}
