#include "agent/probes/trouble.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using core::Errc;
using core::Standing;

TEST(ProbeTrouble, WhatTheTargetDoesIsHeldAgainstIt) {
  for (const Errc code :
       {Errc::refused, Errc::timed_out, Errc::unavailable, Errc::corrupt, Errc::distrusted}) {
    EXPECT_EQ(probes::standing_of(core::Error(code, "x")), Standing::not_ok) << core::name_of(code);
  }
}

TEST(ProbeTrouble, WhatWeLackIsNot) {
  for (const Errc code : {Errc::exhausted, Errc::not_found, Errc::denied, Errc::busy, Errc::invalid,
                          Errc::internal, Errc::unsupported}) {
    EXPECT_EQ(probes::standing_of(core::Error(code, "x")), Standing::unknown) << core::name_of(code);
  }
}

TEST(ProbeTrouble, TheFirstLineWithSomethingInItIsShown) {
  EXPECT_EQ(probes::first_line("\n  \r\ndisk 93% full\r\nmore"), "disk 93% full");
  EXPECT_EQ(probes::first_line(""), "");
  EXPECT_EQ(probes::first_line("\n\n \t"), "");
}

TEST(ProbeTrouble, ALineIsMadeFitForALog) {
  EXPECT_EQ(probes::first_line("red \x1b[31malert"), "red  [31malert");
  EXPECT_EQ(probes::first_line("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(probes::first_line("a\xff\xc3(b"), "a?\?(b");
  EXPECT_EQ(probes::first_line("\xed\xa0\x80"), "???") << "a surrogate is not a character";
}

TEST(ProbeTrouble, ALongLineIsCutBetweenCharacters) {
  EXPECT_EQ(probes::first_line("abcdef", 3), "abc");
  EXPECT_EQ(probes::first_line("ab\xc3\xa9", 3), "ab") << "never half a character";
}
