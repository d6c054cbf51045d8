#include "agent/durable/damage/pages.hpp"

#include "agent/durable/book.hpp"
#include "agent/durable/testing.hpp"
#include "agent/os/descriptor.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace outrider::durable {
namespace {

using Table = std::map<std::string, std::string>;
using Content = std::map<std::string, Table>;

const std::vector<std::string> tables{"cursors", "parked", "queue"};

std::string file_of(const std::string& book) { return book + "/data.mdb"; }

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Small and large values, a freed page or two, branches: whatever a book has.
Content make_book(const std::string& path) {
  auto book = open_book(path);
  EXPECT_TRUE(book);
  Content content;
  for (int round = 0; round < 6; ++round) {
    std::vector<Change> changes;
    for (int i = 0; i < 40; ++i) {
      const std::string& table = tables[static_cast<std::size_t>(i) % 3];
      const std::string key = fmt::format("{}-{:04}{}", table, i, std::string(i % 5 * 60, 'k'));
      if (round == 4 && i % 7 == 0) {
        changes.push_back({table, key, std::nullopt});
        content[table].erase(key);
        continue;
      }
      const std::string value = fmt::format("{} {} {}", round, i, std::string(i % 4 == 0 ? 9000 : 150, 'v'));
      changes.push_back({table, key, value});
      content[table][key] = value;
    }
    EXPECT_TRUE((*book)->write(changes));
  }
  return content;
}

// What an honest look at the copy gives: all of it as it was, or an error. Never anything else.
void expect_right_or_corrupt(const std::string& path, const Content& content, const std::string& what,
                             int& right) {
  const auto book = open_book(path);
  if (!book) {
    EXPECT_EQ(book.error().code, core::Errc::corrupt) << what << ": " << book.error().what;
    EXPECT_FALSE(book.error().hint.empty());
    return;
  }
  for (const auto& [table, wanted] : content) {
    Table found;
    const auto walked = (*book)->walk(table, "", [&](std::string_view key, std::string_view value) {
      found.emplace(key, value);
      return true;
    });
    if (!walked) return;
    EXPECT_EQ(found, wanted) << what;
  }
  const Change one{"after", "the damage", "v"};
  EXPECT_TRUE((*book)->write({&one, 1})) << what;
  ++right;
}

class Damaged : public ::testing::Test {
 protected:
  void try_it(const std::string& bytes, const std::string& what) {
    const std::string copy = scratch_ / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::create_directory(copy);
    std::ofstream(file_of(copy), std::ios::binary) << bytes;
    expect_right_or_corrupt(copy, content_, what, right_);
  }

  testing::Memory scratch_;
  Content content_ = make_book(scratch_ / "book");
  std::string whole_ = bytes_of(file_of(scratch_ / "book"));
  int right_ = 0;
};

TEST_F(Damaged, ABitTurnedAnywhereInAnyPageIsRightOrCorrupt) {
  std::uint32_t state = 7;
  int tried = 0;
  for (std::size_t page = 0; page < whole_.size() / 4096; ++page) {
    // The header and the places of the nodes each, the rest here and there.
    for (int i = 0; i < 24; ++i) {
      state = state * 1664525 + 1013904223;
      const std::size_t within = i < 16 ? (state >> 8) % (page < 2 ? 152 : 64) : (state >> 8) % 4096;
      std::string bytes = whole_;
      bytes[page * 4096 + within] = static_cast<char>(bytes[page * 4096 + within] ^ 1 << (state >> 29));
      try_it(bytes, fmt::format("page {}, byte {}, bit {}", page, within, state >> 29));
      ++tried;
    }
  }
  EXPECT_GT(tried, 800);
  EXPECT_GT(right_, 0) << "most pages are free, and some bits are in nobody's way";
  EXPECT_GT(tried - right_, 200);
}

TEST_F(Damaged, APageOfZeroesOrOfAnotherPageIsRightOrCorrupt) {
  const std::size_t pages = whole_.size() / 4096;
  for (std::size_t page = 0; page < pages; ++page) {
    std::string bytes = whole_;
    bytes.replace(page * 4096, 4096, 4096, '\0');
    try_it(bytes, fmt::format("page {} of zeroes", page));
    bytes.replace(page * 4096, 4096, whole_, (page + 3) % pages * 4096, 4096);
    try_it(bytes, fmt::format("page {} is another", page));
    bytes = whole_;
    bytes.replace(page * 4096, 2048, 2048, '\xFF');
    try_it(bytes, fmt::format("page {} half of ones", page));
  }
}

TEST_F(Damaged, AFileThatWasCutShortAnywhereIsRightOrCorrupt) {
  for (std::size_t length = 1; length < whole_.size(); length += 1531) {
    try_it(whole_.substr(0, length), fmt::format("cut at {}", length));
  }
  EXPECT_GT(right_, 0) << "the last pages are free";
  EXPECT_LT(right_, 30);
}

TEST_F(Damaged, EachPageIsInATreeOrFree) {
  const os::Descriptor file(::open(file_of(scratch_ / "book").c_str(), O_RDONLY));
  const auto heads = read_heads(file.number());
  ASSERT_TRUE(heads);
  std::uint64_t entries = 0;
  const Walked walked =
      walk_pages(file.number(), newest(*heads), [&](std::string_view, std::string_view) { ++entries; });
  EXPECT_TRUE(walked.sound());
  EXPECT_EQ(entries, walked.good_entries);
  EXPECT_EQ(entries, newest(*heads).entries.entries);
  EXPECT_EQ(walked.commit, newest(*heads).commit);
}

}  // namespace
}  // namespace outrider::durable
