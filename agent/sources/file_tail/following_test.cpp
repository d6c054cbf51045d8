#include "agent/sources/file_tail/test_life.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using namespace outrider::sources::file_tail;
using namespace outrider::sources::file_tail::testing;

class Following : public RealFiles {};

TEST_F(Following, ReadsWhatIsThereAndWhatComes) {
  append("app.log", "one\ntwo\n");
  start();
  EXPECT_EQ(lines(), (Texts{"one", "two"}));
  append("app.log", "three\nfo");
  EXPECT_EQ(lines(), (Texts{"three"}));
  append("app.log", "ur\n");
  EXPECT_EQ(lines(), (Texts{"four"}));
  EXPECT_EQ(lines(10min), (Texts{})) << "an idle file is not read again";
}

TEST_F(Following, FindsFilesThatComeLater) {
  start();
  EXPECT_EQ(lines(), (Texts{}));
  append("app.log", "one\n");
  append("other.txt", "not ours\n");
  EXPECT_EQ(lines(), (Texts{"one"}));
  EXPECT_EQ(life->all[0].stream, *this / "app.log");
  EXPECT_EQ(life->all[0].generation, 1u);
}

TEST_F(Following, GoesOnAfterARestartWhereTheSinkHasSettled) {
  append("app.log", "one\ntwo\n");
  start();
  lines();
  stop();
  append("app.log", "three\n");
  start();
  EXPECT_EQ(lines(), (Texts{"three"}));
}

TEST_F(Following, WhatWasNotSettledComesAgainWithTheSameIds) {
  append("app.log", "one\ntwo\n");
  start();
  life->lane().settles = false;
  EXPECT_EQ(lines(), (Texts{"one", "two"}));
  const auto before = life->all;
  stop();
  start();
  EXPECT_EQ(lines(), (Texts{"one", "two"}));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(life->all[i].id, before[i].id);
}

TEST_F(Following, IdsAreTheSameWhenTheLastNotesWereLost) {
  append("app.log", "one\ntwo\n");
  start();
  lines();
  const auto before = life->all;
  append("app.log", "three\n");
  stop();
  saved = {};
  start();
  EXPECT_EQ(lines(), (Texts{"one", "two", "three"}));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(life->all[i].id, before[i].id);
  EXPECT_NE(life->all[2].id, before[1].id);
}

TEST_F(Following, ASlowLaneDelaysNoOther) {
  append("app.log", "one\n");
  start(2);
  life->lane(0).blocked = true;
  EXPECT_EQ(life->lines(20ms, 1), (Texts{"one"}));
  append("app.log", "two\n");
  EXPECT_EQ(life->lines(20ms, 1), (Texts{"two"}));
  life->lane(0).unblock();
  const Texts late = life->lines(20ms, 0);
  EXPECT_EQ(late, (Texts{"one", "two"}));
}

TEST_F(Following, BeginsAtTheEndOnlyWithWhatIsThereTheFirstTime) {
  append("app.log", "old\nhalf");
  Settings at_end = settings();
  at_end.start = Start::end;
  start(at_end);
  EXPECT_EQ(lines(), (Texts{}));
  append("app.log", " whole\n");
  append("new.log", "new\n");
  EXPECT_EQ(lines(), (Texts{"half whole", "new"}));
  stop();
  append("late.log", "late\n");
  start(at_end);
  EXPECT_EQ(lines(), (Texts{"late"}));
}

TEST_F(Following, ReadsLongLinesInPiecesAndGoesOnWithinThem) {
  append("app.log", std::string(3 << 20, 'x') + "\nend\n");
  start();
  life->lane().settles = false;
  const Texts texts = lines(1s);
  ASSERT_EQ(texts.size(), 4u);
  EXPECT_EQ(texts[0].size(), 1u << 20);
  EXPECT_EQ(life->all[0].marks, telemetry::mark_cut);
  EXPECT_EQ(life->all[2].marks, telemetry::mark_continued);
  EXPECT_EQ(texts[3], "end");
  life->lane().settle(1);
  stop();
  start();
  const Texts rest = lines(1s);
  ASSERT_GE(rest.size(), 2u);
  EXPECT_NE(life->all[0].marks & telemetry::mark_continued, 0);
  EXPECT_EQ(rest.back(), "end");
}

TEST_F(Following, FilesTakeTurns) {
  std::string much;
  for (int i = 0; i < 20'000; ++i)
    much += "a line of the huge file, " + std::to_string(i) + "\n" + std::string(99, 'x') + "\n";
  append("a-huge.log", much);
  append("b-small.log", "small\n");
  start();
  const Texts texts = lines(1s);
  const auto small = std::find(texts.begin(), texts.end(), "small");
  ASSERT_NE(small, texts.end());
  EXPECT_LT(small - texts.begin(), 20'000);
  EXPECT_EQ(texts.size(), 40'001u);
}

class Rotation : public RealFiles {};

TEST_F(Rotation, ByRenameLosesNoLine) {
  append("app.log", "one\n");
  start();
  lines();
  append("app.log", "two\n");
  rename("app.log", "app.log.1");
  append("app.log.1", "three\n");
  append("app.log", "four\n");
  EXPECT_EQ(lines(), (Texts{"two", "three", "four"}));
  EXPECT_EQ(life->all.back().generation, 2u);
  append("app.log.1", "late\n");
  EXPECT_EQ(lines(2s), (Texts{"late"})) << "what is written by the old name is looked for each second";
  append("app.log.1", "five");
  EXPECT_EQ(lines(5s), (Texts{}));
  EXPECT_EQ(lines(15s), (Texts{"five"}));
  EXPECT_EQ(life->all.back().marks, telemetry::mark_unterminated);
  EXPECT_EQ(life->all.back().stream, *this / "app.log");
  EXPECT_EQ(lines(30s), (Texts{}));
  EXPECT_EQ(life->lane().forgotten, 1u);
  EXPECT_EQ(saved.notes.size(), 2u) << "one file, and that there was a first time";
}

TEST_F(Rotation, ByRenameWhileAwayLosesNoLine) {
  append("app.log", "one\n");
  start();
  lines();
  stop();
  append("app.log", "two\n");
  rename("app.log", "app.log.1");
  append("app.log", "three\n");
  start();
  EXPECT_EQ(lines(2s), (Texts{"three", "two"}));
}

TEST_F(Rotation, ToANameThatIsOursIsTheSameFile) {
  append("app.log", "one\n");
  start(settings("app.log*"));
  EXPECT_EQ(lines(), (Texts{"one"}));
  rename("app.log", "app.log.1");
  append("app.log", "two\n");
  EXPECT_EQ(lines(1min), (Texts{"two"}));
  rename("app.log.1", "app.log.2");
  rename("app.log", "app.log.1");
  EXPECT_EQ(lines(1min), (Texts{}));
  stop();
  start(settings("app.log*"));
  EXPECT_EQ(lines(1min), (Texts{}));
}

TEST_F(Rotation, WhatIsDeletedIsReadToItsEndAndHeldUntilItIsSettled) {
  append("app.log", "one\n");
  start();
  life->lane().settles = false;
  lines();
  life->lane().blocked = true;
  append("app.log", "two\nthree");
  remove("app.log");
  EXPECT_EQ(lines(1min), (Texts{}));
  life->lane().unblock();
  EXPECT_EQ(lines(1min), (Texts{"two", "three"}));
  EXPECT_EQ(life->lane().forgotten, 0u);
  life->lane().settle();
  lines(1min);
  EXPECT_EQ(life->lane().forgotten, 1u);
}

TEST_F(Rotation, TheSameHeadDoesNotMakeTwoFilesOne) {
  append("a.log", "same\n");
  append("b.log", "same\n");
  start();
  EXPECT_EQ(lines(), (Texts{"same", "same"}));
  EXPECT_NE(life->all[0].id, life->all[1].id);
  remove("a.log");
  lines(1min);
  append("a.log", "same\n");
  EXPECT_EQ(lines(), (Texts{"same"}));
  EXPECT_NE(life->all[2].id, life->all[0].id);
}
