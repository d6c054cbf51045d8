#include "agent/durable/damage/repair.hpp"

#include "agent/durable/book.hpp"
#include "agent/durable/testing.hpp"

#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace outrider::durable {
namespace {

using namespace std::chrono_literals;

constexpr core::WallTime now{1'800'000'000s};

std::map<std::string, std::string> all(const std::string& path) {
  std::map<std::string, std::string> found;
  const auto book = open_book(path);
  EXPECT_TRUE(book) << book.error().what;
  if (!book) return found;
  EXPECT_TRUE((*book)->walk("t", "", [&](std::string_view key, std::string_view value) {
    found.emplace(key, value);
    return true;
  }));
  return found;
}

std::map<std::string, std::string> make_book(const std::string& path) {
  std::map<std::string, std::string> content;
  {
    const auto book = open_book(path);
    EXPECT_TRUE(book);
    std::vector<Change> changes;
    for (int i = 0; i < 600; ++i) {
      const std::string key = fmt::format("{:06}", i);
      const std::string value = fmt::format("{} {}", i, std::string(i % 50 == 0 ? 20'000 : 200, 'v'));
      content[key] = value;
      changes.push_back({"t", key, value});
    }
    EXPECT_TRUE((*book)->write(changes));
  }
  return content;
}

void overwrite(const std::string& path, std::size_t page) {
  std::fstream file(path + "/data.mdb", std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(page * 4096));
  file << std::string(4096, '\x5A');
}

TEST(Repair, FindsNothingInASoundBook) {
  const testing::Memory scratch;
  make_book(scratch / "book");
  const auto found = examine_book(scratch / "book");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->sound());
  EXPECT_EQ(found->good_entries, 601u) << "and the number of the commit";
  EXPECT_EQ(found->lost_entries, 0u);
}

TEST(Repair, OfEachDamagedPageKeepsAllTheRestAndKnowsHowMuchIsLost) {
  const testing::Memory scratch;
  const auto content = make_book(scratch / "whole");
  const auto pages = std::filesystem::file_size(scratch / "whole/data.mdb") / 4096;
  ASSERT_GT(pages, 50u);
  std::uint64_t most_lost = 0, with_loss = 0;
  for (std::size_t page = 0; page < pages; ++page) {
    std::filesystem::remove_all(scratch / "copy");
    std::filesystem::copy(scratch / "whole", scratch / "copy", std::filesystem::copy_options::recursive);
    overwrite(scratch / "copy", page);
    if (open_book(scratch / "copy")) continue;  // nobody needs that page
    const auto repaired = repair_book(scratch / "copy", now);
    ASSERT_TRUE(repaired) << page << ": " << repaired.error().what;
    EXPECT_FALSE(repaired->found.sound());
    EXPECT_TRUE(std::filesystem::exists(repaired->kept));
    const auto left = all(scratch / "copy");
    for (const auto& [key, value] : left) ASSERT_EQ(content.at(key), value) << "never anything else";
    if (page < 2) continue;  // a head is gone: the other one may lead to the state before
    // The number of the commit lies in the first page.
    const std::uint64_t lost = content.size() - left.size();
    EXPECT_LE(repaired->found.lost_entries - lost, 1u) << page;
    most_lost = std::max(most_lost, lost);
    with_loss += lost > 0;
  }
  EXPECT_GT(with_loss, 20u);
  EXPECT_LT(most_lost, 30u) << "a page, and not what a branch leads to";
}

}  // namespace
}  // namespace outrider::durable
