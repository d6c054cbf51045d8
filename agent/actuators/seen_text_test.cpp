#include "agent/actuators/seen_text.hpp"

#include <gtest/gtest.h>

using namespace outrider::actuators;

namespace {

Seen some() {
  Seen seen;
  seen.pid = 4711;
  seen.identity = "ab12";
  seen.how.signal = 9;
  seen.how.out_of_memory = true;
  seen.how.detail = "systemd says\nwatchdog";
  seen.sentence = "is failed (failed)";
  return seen;
}

}  // namespace

TEST(SeenText, IsReadAsItWasWritten) {
  const auto read = read_seen(write_seen(some()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pid, 4711);
  EXPECT_EQ(read->identity, "ab12");
  EXPECT_EQ(read->how.sentence(), "killed by signal 9 (SIGKILL), out of memory: systemd says watchdog");
  EXPECT_EQ(read->sentence, "is failed (failed)");
  EXPECT_FALSE(read->runs);
  EXPECT_EQ(read->before, "");
  Seen again = some();
  again.before = "exited with code 3";
  EXPECT_EQ(read_seen(write_seen(again))->before, "exited with code 3");
}

TEST(SeenText, WhatIsCutShortIsNotRead) {
  const std::string whole = write_seen(some());
  const std::size_t last_line = whole.rfind("sentence");
  for (std::size_t cut = 0; cut < last_line; ++cut) EXPECT_FALSE(read_seen(whole.substr(0, cut))) << cut;
  for (const char* rubbish : {"", "seen 2\n", "seen 1\nruns x\nsentence y\n", "seen 1\nruns\n"})
    EXPECT_FALSE(read_seen(rubbish)) << rubbish;
}
