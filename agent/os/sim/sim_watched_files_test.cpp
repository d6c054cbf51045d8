#include "agent/os/sim_watched_files.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"

#include <array>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;

namespace {

class SimWatchedFilesTest : public testing::Test {
 protected:
  std::string read(ReadableFile& file, std::uint64_t offset = 0) {
    std::array<char, 100> buffer{};
    return {buffer.data(), file.read_at(buffer, offset).value()};
  }

  boost::asio::io_context loop;
  SimClock clock{loop};
  SimWatchedFiles files{clock};
};

core::Task<void> gather(DirectoryWatch& watch, std::vector<Changes>& heard) {
  for (;;) {
    Changes changes = co_await watch.next();
    heard.push_back(std::move(changes));
  }
}

}  // namespace

TEST_F(SimWatchedFilesTest, AnOpenFileIsReadToItsEndWhateverBecomesOfItsName) {
  files.append("/var/log/a.log", "one\n");
  const auto file = files.open("/var/log/a.log").value();
  files.rename("/var/log/a.log", "/var/log/a.log.1");
  files.append("/var/log/a.log.1", "two\n");
  EXPECT_EQ(read(*file), "one\ntwo\n");
  EXPECT_EQ(file->facts().value().names, 1u);
  files.remove("/var/log/a.log.1");
  EXPECT_EQ(file->facts().value().names, 0u);
  EXPECT_EQ(read(*file, 4), "two\n");
  EXPECT_EQ(files.open("/var/log/a.log").error().code, core::Errc::not_found);
}

TEST_F(SimWatchedFilesTest, TheNumberOfAFileIsGivenAgainOnceNobodyHoldsIt) {
  files.append("/a", "x");
  const std::uint64_t first = files.facts("/a").value().inode;
  auto held = files.open("/a").value();
  files.remove("/a");
  files.append("/b", "y");
  EXPECT_NE(files.facts("/b").value().inode, first);
  held.reset();
  clock.advance(std::chrono::seconds(1));
  files.append("/c", "z");
  EXPECT_EQ(files.facts("/c").value().inode, first);
  EXPECT_GT(files.facts("/c").value().born, files.facts("/b").value().born);
}

TEST_F(SimWatchedFilesTest, WhatHappensInAWatchedDirectoryIsHeard) {
  files.append("/var/log/a.log", "one\n");
  async::Nursery nursery(loop.get_executor());
  const auto watch = files.watch(loop.get_executor()).value();
  std::vector<Changes> heard;
  nursery.start(gather(*watch, heard));
  EXPECT_FALSE(watch->add("/nowhere", true));
  EXPECT_TRUE(watch->add("/var/log", true));
  clock.settle();
  files.append("/var/log/a.log", "two\n");
  files.rename("/var/log/a.log", "/var/log/b.log");
  files.append("/elsewhere", "not heard");
  clock.settle();
  ASSERT_EQ(heard.size(), 1u);
  ASSERT_EQ(heard[0].list.size(), 3u);
  EXPECT_EQ(heard[0].list[0].kind, Change::Kind::written);
  EXPECT_EQ(heard[0].list[1].name, "a.log");
  EXPECT_EQ(heard[0].list[2].name, "b.log");

  files.faults.no_news = true;
  files.append("/var/log/b.log", "unheard\n");
  files.faults = {.overflows = true};
  files.append("/var/log/b.log", "three\n");
  clock.settle();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_TRUE(heard[1].overflowed);
  nursery.cancel();
  clock.settle();
}

TEST_F(SimWatchedFilesTest, DescriptorsAndDisksFailAsRealOnesDo) {
  files.append("/a", "x");
  files.faults.most_open = 1;
  const auto file = files.open("/a").value();
  EXPECT_EQ(files.open("/a").error().code, core::Errc::exhausted);
  files.faults = {.reads_fail = true};
  std::array<char, 10> buffer{};
  EXPECT_FALSE(file->read_at(buffer, 0));
  files.faults = {.nothing_cached = true};
  EXPECT_FALSE(file->read_cached(buffer, 0));
  EXPECT_EQ(read(*file), "x");
}
