// What goes wrong around files: descriptors, rights, directories, disks.
#include "agent/sources/file_tail/test_life.hpp"

#include <ctime>
#include <iterator>
#include <set>

#include <sys/resource.h>

using namespace outrider;
using namespace std::chrono_literals;
using namespace outrider::sources::file_tail;
using namespace outrider::sources::file_tail::testing;

// This build is not the release, and may be watched by a sanitizer.
constexpr double slowness = 4;

class Trouble : public RealFiles {};

TEST_F(Trouble, WithoutDescriptorsItWaitsAndSaysSoOnceAndLosesNothing) {
  for (int i = 0; i < 40; ++i) append("f" + std::to_string(i) + ".log", "line " + std::to_string(i) + "\n");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  using Entries = std::filesystem::directory_iterator;
  const auto open = static_cast<rlim_t>(std::distance(Entries("/proc/self/fd"), Entries()));
  const rlimit few{.rlim_cur = open + 12, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  start();
  Texts texts = lines(1min);
  for (int i = 0; i < 40; ++i) append("f" + std::to_string(i) + ".log", "again\n");
  const Texts more = lines(1min);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), 40u);
  EXPECT_EQ(texts.size(), 40u);
  EXPECT_EQ(more, Texts(40, "again"));
  EXPECT_LE(std::ranges::count(life->log.said, "Cannot open a log file"), 10);
}

TEST_F(Trouble, WhatIsHeldOfDeletedFilesIsBoundedAndTheLossCounted) {
  Settings little = settings();
  little.hold_bytes = 1000;
  start(little);
  life->lane().settles = false;
  append("a.log", std::string(600, 'a') + "\n");
  append("b.log", std::string(600, 'b') + "\n");
  EXPECT_EQ(lines().size(), 2u);
  life->lane().blocked = true;
  append("a.log", "unread\n");
  lines();
  remove("a.log");
  remove("b.log");
  lines(5s);
  const std::string metrics = life->metrics();
  EXPECT_NE(metrics.find("outrider_file_held_files{source=\"" + (*this / "*.log") + "\"} 1"),
            std::string::npos);
  EXPECT_NE(metrics.find("reason=\"held_too_much\",source=\"" + (*this / "*.log") + "\"} 7"),
            std::string::npos)
      << metrics;
}

TEST_F(Trouble, ADirectoryMayComeLaterAndComeAgain) {
  start(settings("**/app-*/*.log"));
  lines();
  for (const char* name : {"x/app-1", "x/y/app-2"}) {
    std::filesystem::create_directories(*this / name);
    append(std::string(name) + "/a.log", "one\n");
    EXPECT_EQ(lines(), (Texts{"one"})) << name;
    append(std::string(name) + "/a.log", "two\n");
    EXPECT_EQ(lines(), (Texts{"two"})) << name;
  }
  std::filesystem::remove_all(*this / "x");
  lines(1min);
  std::filesystem::create_directories(*this / "x/app-1");
  append("x/app-1/a.log", "anew\n");
  EXPECT_EQ(lines(), (Texts{"anew"}));
}

TEST_F(Trouble, ALinkThatIsSwappedLeadsToTheNextFile) {
  std::filesystem::create_directories(*this / "real");
  append("real/1", "one\n");
  std::filesystem::create_symlink(*this / "real/1", *this / "app.log");
  start();
  EXPECT_EQ(lines(), (Texts{"one"}));
  append("real/1", "two\n");
  EXPECT_EQ(lines(), (Texts{"two"})) << "what is written behind a link is heard of, too";
  append("real/1", "three\n");
  append("real/2", "four\n");
  std::filesystem::create_symlink(*this / "real/2", *this / "next");
  rename("next", "app.log");
  EXPECT_EQ(lines(), (Texts{"three", "four"}));
}

TEST_F(Trouble, TinyFilesThatLiveForAMomentAreRead) {
  start();
  lines();
  Texts texts;
  for (int i = 0; i < 50; ++i) {
    append("tiny" + std::to_string(i) + ".log", "tiny\n");
    life->clock.settle();
    if (i % 2 == 0) life->clock.advance(10ms);
    remove("tiny" + std::to_string(i) + ".log");
  }
  EXPECT_GE(lines(1min).size(), 25u);
  EXPECT_EQ(life->lane().forgotten, life->all.size());
}

TEST_F(Trouble, TenThousandFilesAreFoundInTwoSeconds) {
  constexpr int files = 10'000;
  for (int i = 0; i < files; ++i)
    append("f" + std::to_string(i) + ".log", "line " + std::to_string(i) + "\n");
  const std::clock_t before = std::clock();
  start();
  EXPECT_EQ(lines().size(), std::size_t{files});
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 2 * slowness) << "of processor time";
  RecordProperty("milliseconds", static_cast<int>(seconds * 1000));
}
