#include "agent/recovery/fingerprint/book.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t cluster = 7'000'000'000'000'000'001;

Pass pass_at(std::uint64_t to, core::Duration at = 1s, std::set<std::uint64_t> under_way = {}) {
  return {cluster, 1, wal::Lsn{to}, {std::move(under_way), 745}, core::WallTime(at)};
}
Chunk chunk(std::uint32_t table, std::uint64_t bytes = 10'000) { return {{5, table, 0, 2048}, bytes}; }
Observation seen(std::string sum, std::uint64_t from) { return {{10, std::move(sum)}, wal::Lsn{from}}; }

// One pass over one range.
void look(Book& book, std::uint32_t table, const std::string& sum, const Pass& pass) {
  begin(book, pass);
  note(book, chunk(table), seen(sum, pass.to.value + 1), pass);
}

const Run& run_of(const Book& book, std::uint32_t table) { return book.entries.at(chunk(table).id).run; }

TEST(Cut, LeavesNothingOutAndNothingTwice) {
  for (const std::uint64_t blocks : {0ULL, 1ULL, 2047ULL, 2048ULL, 2049ULL, 100'000ULL}) {
    Table table;
    table.blocks = blocks;
    std::uint64_t next = 0;
    for (const auto& one : cut(table)) {
      EXPECT_EQ(one.id.first, next);
      next += one.id.blocks;
    }
    EXPECT_GE(next, std::max<std::uint64_t>(blocks, 1));
  }
}

TEST(Cut, MakesShorterRangesWhereValuesAreLarge) {
  Table plain, large;
  plain.blocks = large.blocks = 10'000;
  large.large_bytes = large.blocks * 8192 * 15;
  EXPECT_EQ(cut(plain).front().id.blocks, 2048u);
  EXPECT_EQ(cut(large).front().id.blocks, 128u);
  EXPECT_LE(cut(large).front().bytes, chunk_bytes);
  large.blocks += 100;
  EXPECT_EQ(cut(large).front().id.blocks, 128u) << "it stays the same while the table grows a little";
}

TEST(Book, ARangeThatIsTheSameTwiceWasConstantInBetween) {
  Book book;
  look(book, 1, "a", pass_at(100));
  EXPECT_EQ(run_of(book, 1).from, wal::Lsn{101});
  EXPECT_FALSE(run_of(book, 1).to) << "seen once";
  look(book, 1, "a", pass_at(200));
  look(book, 1, "a", pass_at(300));
  EXPECT_EQ(run_of(book, 1).from, wal::Lsn{101});
  EXPECT_EQ(run_of(book, 1).to, wal::Lsn{300});
}

TEST(Book, ARangeThatChangedBeginsAnew) {
  Book book;
  look(book, 1, "a", pass_at(100));
  look(book, 1, "a", pass_at(200));
  look(book, 1, "b", pass_at(300));
  EXPECT_EQ(run_of(book, 1).from, wal::Lsn{301});
  EXPECT_FALSE(run_of(book, 1).to);
}

TEST(Book, AnotherTimelineOrClusterOrAnEarlierPlaceIsAnotherHistory) {
  Book book;
  look(book, 1, "a", pass_at(100));
  Pass promoted = pass_at(200);
  promoted.timeline = 2;
  look(book, 1, "a", promoted);
  EXPECT_EQ(run_of(book, 1).from, wal::Lsn{201});
  EXPECT_FALSE(run_of(book, 1).to);
  Pass earlier = pass_at(150);
  earlier.timeline = 2;
  EXPECT_TRUE(begin(book, earlier)) << "it was put back";
  EXPECT_TRUE(book.entries.empty());
  look(book, 1, "a", earlier);
  Pass other = pass_at(900);
  other.system = cluster + 1;
  EXPECT_TRUE(begin(book, other));
  EXPECT_FALSE(begin(book, other));
}

TEST(Book, RemembersWhoWasUnderWayForAsLongAsARunEndsThere) {
  Book book;
  look(book, 1, "a", pass_at(100));
  look(book, 1, "a", pass_at(200, 2s, {740, 741}));
  look(book, 1, "a", pass_at(200, 3s, {741, 742}));
  EXPECT_EQ(book.under_way.at(wal::Lsn{200}).ids, (std::set<std::uint64_t>{740, 741, 742}));
  EXPECT_TRUE(book.under_way.at(wal::Lsn{200}).has(745));
  EXPECT_FALSE(book.under_way.at(wal::Lsn{200}).has(744));
  look(book, 1, "a", pass_at(300));
  trim(book);
  EXPECT_EQ(book.under_way.size(), 1u);
  EXPECT_TRUE(book.under_way.contains(wal::Lsn{300}));
}

TEST(Due, WhatWasNeverHashedComesFirstThenWhatWasLongestAgo) {
  Book book;
  look(book, 1, "a", pass_at(100, 10s));
  look(book, 2, "a", pass_at(200, 5s));
  const auto due = due_to_hash(book, {chunk(1), chunk(2), chunk(3), chunk(4)}, 30'000);
  ASSERT_EQ(due.size(), 3u);
  EXPECT_EQ(due[0].id.table, 3u);
  EXPECT_EQ(due[1].id.table, 4u);
  EXPECT_EQ(due[2].id.table, 2u);
  EXPECT_EQ(due_to_hash(book, {chunk(1, 500'000)}, 30'000).size(), 1u) << "at least one";
}

TEST(Due, WhatCannotBeHashedKeepsNobodyFromHisTurn) {
  Book book;
  begin(book, pass_at(100));
  note_trouble(book, chunk(1), pass_at(100));
  EXPECT_EQ(due_to_hash(book, {chunk(1), chunk(2)}, 10'000).front().id.table, 2u);
  EXPECT_TRUE(due_to_compare(book, wal::Lsn{900}, 1, 100'000).empty());
  book = read_book(write_book(book));
  EXPECT_EQ(book.entries.size(), 1u);
  look(book, 1, "a", pass_at(200));
  note_trouble(book, chunk(1), pass_at(300));
  look(book, 1, "a", pass_at(400));
  EXPECT_EQ(run_of(book, 1).from, wal::Lsn{201});
  EXPECT_EQ(run_of(book, 1).to, wal::Lsn{400});
}

TEST(Due, ACopyIsComparedWithWhatWasHashedBeforeItsPlaceOnItsTimeline) {
  Book book;
  look(book, 1, "a", pass_at(100));
  look(book, 2, "a", pass_at(200));
  look(book, 3, "a", pass_at(300));
  EXPECT_EQ(due_to_compare(book, wal::Lsn{250}, 1, 100'000).size(), 2u);
  EXPECT_TRUE(due_to_compare(book, wal::Lsn{250}, 2, 100'000).empty());
  book.entries.at(chunk(1).id).tried = core::WallTime(50s);
  EXPECT_EQ(due_to_compare(book, wal::Lsn{250}, 1, 10'000).front().chunk.id.table, 2u)
      << "a range has its turn";
}

// With a source that rests, a copy at each turn, and room for a tenth.
TEST(Due, EverythingHasItsTurnWithinAsManyDrillsAsTold) {
  Book book;
  std::vector<Chunk> all;
  for (std::uint32_t table = 1; table <= 100; ++table) all.push_back(chunk(table));
  std::set<ChunkId> compared;
  for (std::uint64_t drill = 1; drill <= 11; ++drill) {
    const Pass pass = pass_at(1000 * drill, std::chrono::hours(24 * drill));
    begin(book, pass);
    for (const auto& one : due_to_hash(book, all, 100'000))
      note(book, one, seen("a", pass.to.value + 1), pass);
    // The archive has not come past what was hashed just now.
    for (const auto& one : due_to_compare(book, wal::Lsn{1000 * drill - 500}, 1, 100'000)) {
      compared.insert(one.chunk.id);
      book.entries.at(one.chunk.id).tried = pass.at;
    }
  }
  EXPECT_EQ(compared.size(), all.size());
}

TEST(Book, ForgetsWhatIsGoneAndHasABound) {
  Book book;
  for (std::uint32_t table = 1; table <= 9; ++table) look(book, table, "a", pass_at(100 * table, table * 1s));
  forget(book, 5, {chunk(1).id, chunk(2).id, chunk(3).id, chunk(4).id});
  EXPECT_EQ(book.entries.size(), 4u);
  forget(book, 6, {});
  EXPECT_EQ(book.entries.size(), 4u) << "another database";
  trim(book, 2);
  EXPECT_EQ(book.entries.size(), 2u);
  EXPECT_TRUE(book.entries.contains(chunk(4).id)) << "the youngest stay";
}

Book sample() {
  Book book;
  look(book, 1, "-123456789012345678901234567890", pass_at(100, 1s));
  look(book, 1, "-123456789012345678901234567890", pass_at(200, 2s, {740, 18'446'744'073'709'551'615ULL}));
  look(book, 2, "0", pass_at(300, 3s));
  book.entries.at(chunk(2).id).compared = core::WallTime(4s);
  return book;
}

TEST(Book, SurvivesItsFile) {
  const std::string text = write_book(sample());
  const Book read = read_book(text);
  EXPECT_EQ(write_book(read), text);
  EXPECT_EQ(run_of(read, 1).to, wal::Lsn{200});
  EXPECT_EQ(read.under_way.at(wal::Lsn{200}).ids.size(), 2u);
  EXPECT_FALSE(run_of(read, 2).to);
}

TEST(Book, OfATornOrStrangeFileNothingIsBelieved) {
  const std::string text = write_book(sample());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_TRUE(read_book(text.substr(0, length)).entries.empty()) << length;
  }
  std::string altered = text;
  altered.replace(altered.find("under_way"), 9, "underwear");
  EXPECT_TRUE(read_book(altered).entries.empty())
      << "a line that is not understood may be the one that matters";
}

}  // namespace
}  // namespace outrider::recovery
