// Every way in which files are rotated, with what was and was not read by then.
#include "agent/sources/file_tail/test_life.hpp"

#include <set>

#include <zlib.h>

using namespace outrider;
using namespace std::chrono_literals;
using namespace outrider::sources::file_tail;
using namespace outrider::sources::file_tail::testing;

namespace {

const std::string long_line(1500, 'x');

class Copies : public RealFiles {
 protected:
  void gzip(const std::string& name) const {
    std::ifstream in(directory_ / name, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    gzFile out = ::gzopen((directory_ / (name + ".gz")).c_str(), "wb");
    ::gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    ::gzclose(out);
    const auto time = std::filesystem::last_write_time(directory_ / name);
    std::filesystem::last_write_time(directory_ / (name + ".gz"), time);
    remove(name);
  }
  void expect_no_id_twice() const {
    std::set<std::string> ids;
    for (const Arrived& one : life->all) EXPECT_TRUE(ids.insert(one.id).second) << one.text;
  }
};

}  // namespace

TEST_F(Copies, WhatWasNotReadBeforeTheTruncationIsReadInTheCopy) {
  append("app.log", "one\ntwo\n");
  start();
  lines();
  life->lane().blocked = true;
  append("app.log", "three\nfour\n");
  lines();
  append("app.log", "five\n");
  copy_and_truncate("app.log", "app.log.1");
  append("app.log", "six\n");
  life->lane().unblock();
  Texts texts = lines(2s);
  std::ranges::sort(texts);
  EXPECT_EQ(texts, (Texts{"five", "four", "six", "three"}));
  EXPECT_EQ(life->all.back().stream, *this / "app.log");
  EXPECT_EQ(lines(1min), (Texts{}));
  EXPECT_EQ(life->lane().forgotten, 1u);
  expect_no_id_twice();
}

TEST_F(Copies, OfEachOfTwoTruncationsAreReadAlthoughEveryLaneStoodStill) {
  start();
  life->lane().blocked = true;
  for (const char* text : {"one\n", "two\n"}) {
    append("app.log", text);
    EXPECT_EQ(lines(50ms), (Texts{}));
    if (std::filesystem::exists(*this / "app.log.1")) rename("app.log.1", "app.log.2");
    copy_and_truncate("app.log", "app.log.1");
    lines(50ms);
  }
  life->lane().unblock();
  Texts texts = lines(2s);
  std::ranges::sort(texts);
  EXPECT_EQ(texts, (Texts{"one", "two"}));
}

TEST_F(Copies, ThatAreThemselvesFollowedAreNotReadAnewByALaneThatStoodStill) {
  append("app.log", "one\n");
  start(settings("app.log*"));
  EXPECT_EQ(lines(), (Texts{"one"}));
  life->lane().blocked = true;
  copy_and_truncate("app.log", "app.log.1");
  lines(50ms);
  life->lane().unblock();
  EXPECT_EQ(lines(1min), (Texts{}));
}

TEST_F(Copies, AreNotTakenForThoseOfAnotherFileThatBeganWithTheSameBanner) {
  for (const std::string& second : {std::string("one"), long_line}) {
    saved = {};
    append("app.log", "== begin ==\n" + second + "\n" + long_line);
    start();
    EXPECT_EQ(lines(), (Texts{"== begin ==", second}));
    stop();
    remove("app.log");
    append("app.log.1", "== begin ==\ntwo\n");  // not ours
    start();
    EXPECT_EQ(lines(1min), (Texts{}));
    EXPECT_EQ(life->lost("vanished"), 1500);
    stop();
    remove("app.log.1");
  }
}

TEST_F(Copies, WhatWasTruncatedWithoutACopyBeforeAnyLaneReadItIsCountedAsLost) {
  start();
  life->lane().blocked = true;
  append("app.log", "one\n");
  lines(50ms);
  std::filesystem::resize_file(*this / "app.log", 0);
  lines(1min);
  EXPECT_EQ(life->lost("truncated"), 4);
  EXPECT_EQ(std::ranges::count(life->log.said, "A log file went before all of it was read"), 1);
}

TEST_F(Copies, ATruncatedFileThatIsEmptyAtARestartHasOtherIdsWhenItBeginsWithTheSameLine) {
  append("app.log", "== begin ==\none\n");
  start();
  EXPECT_EQ(lines(), (Texts{"== begin ==", "one"}));
  const std::string before = life->all.back().id;
  copy_and_truncate("app.log", "app.log.1");
  lines(1min);
  stop();
  start();
  lines();
  append("app.log", "== begin ==\ntwo\n");
  EXPECT_EQ(lines(), (Texts{"== begin ==", "two"}));
  EXPECT_NE(life->all.back().id, before);
}

TEST_F(Copies, AreFoundAfterARestartAlsoWhenTheyWerePacked) {
  for (const bool packed : {false, true}) {
    saved = {};
    append("app.log", "one\n");
    start();
    lines();
    stop();
    append("app.log", "two\n");
    copy_and_truncate("app.log", "app.log.1");
    append("app.log", "a whole new beginning\n");
    if (packed) gzip("app.log.1");
    start();
    Texts texts = lines(2s);
    std::ranges::sort(texts);
    EXPECT_EQ(texts, (Texts{"a whole new beginning", "two"})) << packed;
    stop();
    for (const char* name : {"app.log", "app.log.1", "app.log.1.gz"}) remove(name);
  }
}

TEST_F(Copies, WhatWasThereBeforeATruncationIsNotTakenForWhatIsThereNowAfterARestart) {
  append("app.log", "one\n");
  start();
  EXPECT_EQ(lines(), (Texts{"one"}));
  for (const std::string line : {"two is another", "three", "four, the last"}) {
    std::filesystem::resize_file(*this / "app.log", 0);
    append("app.log", line + "\n");
    EXPECT_EQ(lines(), (Texts{line}));
  }
  stop();
  append("app.log", "five\n");
  start();
  EXPECT_EQ(lines(2s), (Texts{"five"}));
  expect_no_id_twice();
}

TEST_F(Copies, OfOursAreNotReadTwice) {
  append("app.log", "one\ntwo\n");
  start(settings("app.log*"));
  EXPECT_EQ(lines(), (Texts{"one", "two"}));
  std::filesystem::copy_file(*this / "app.log", *this / "app.log.1");
  EXPECT_EQ(lines(), (Texts{}));
  append("app.log", "three\n");
  EXPECT_EQ(lines(), (Texts{"three"}));
  std::filesystem::resize_file(*this / "app.log", 0);
  append("app.log", "four\n");
  EXPECT_EQ(lines(2min), (Texts{"four"}));
  gzip("app.log.1");
  EXPECT_EQ(lines(2min), (Texts{}));
  stop();
  start(settings("app.log*"));
  EXPECT_EQ(lines(2min), (Texts{}));
}

TEST_F(Copies, ThatStayCopiesAreFilesOfTheirOwn) {
  append("app.log", "same\n");
  start(settings("app*"));
  EXPECT_EQ(lines(), (Texts{"same"}));
  append("app.log.old", "same\nand more\n");
  EXPECT_EQ(lines(5s), (Texts{}));
  EXPECT_EQ(lines(10s), (Texts{"same", "and more"}));
  expect_no_id_twice();
}

TEST_F(Copies, ABannerThatComesAgainIsAnotherLine) {
  append("app.log", "Starting\n");
  start();
  lines();
  std::filesystem::resize_file(*this / "app.log", 0);
  lines();
  append("app.log", "Starting\n");
  EXPECT_EQ(lines(), (Texts{"Starting"}));
  std::filesystem::resize_file(*this / "app.log", 0);
  append("app.log", "Starting\nmore\n");
  EXPECT_EQ(lines(10s).size(), 1u) << "the same beginning, and longer: nobody can tell";
  expect_no_id_twice();
}

TEST_F(Copies, WhatWasRotatedAndPackedWhileAwayIsReadToItsEnd) {
  append("app.log", long_line + "\none\n");
  start();
  lines();
  stop();
  append("app.log", "two\n");
  rename("app.log", "app.log.1");
  append("app.log", "three\n");
  gzip("app.log.1");
  start();
  EXPECT_EQ(lines(2s), (Texts{"three", "two"}));
  EXPECT_EQ(lines(1min), (Texts{}));
  EXPECT_EQ(life->lane().forgotten, 1u);
  expect_no_id_twice();
}

TEST_F(Copies, PackingAFileThatIsOursIsNoNewFile) {
  append("app.log", "one\n");
  start(settings("app*"));
  lines();
  rename("app.log", "app.log.1");
  append("app.log", "two\n");
  lines(1min);
  gzip("app.log.1");
  EXPECT_EQ(lines(1min), (Texts{}));
  stop();
  start(settings("app*"));
  EXPECT_EQ(lines(1min), (Texts{}));
}

TEST_F(Copies, PackedFilesOfOursAreUnpacked) {
  append("app.log", "one\ntwo\n");
  gzip("app.log");
  start(settings("app*"));
  EXPECT_EQ(lines(), (Texts{"one", "two"}));
}

TEST_F(Copies, WhatWentWithoutACopyIsCounted) {
  append("app.log", "one\n");
  start();
  lines();
  life->lane().blocked = true;
  append("app.log", "two\nthree\n");
  rename("app.log", "app.log.1");
  append("app.log", "four\n");
  lines();
  stop();
  remove("app.log.1");
  start();
  EXPECT_EQ(lines(), (Texts{"four"}));
  lines(1min);
  EXPECT_NE(life->metrics().find("reason=\"vanished\",source=\"" + (*this / "*.log") + "\"} 10"),
            std::string::npos)
      << life->metrics();
}
