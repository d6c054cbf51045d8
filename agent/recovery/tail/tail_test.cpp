#include "agent/recovery/tail/tail.hpp"

#include "agent/os/scratch.hpp"
#include "agent/wal/test_kit.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

class Tail : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int turn = 0; turn < 40; ++turn) {
      commits_.push_back(kit_.commit(1000 + static_cast<std::uint32_t>(turn), 1000));
      kit_.fill_until(kit_.next + 100'000);
    }
  }
  void write(std::uint64_t from = 0) {
    for (auto& [number, bytes] : kit_.segments) {
      if (number < from) continue;
      bytes.resize(kit_.segment_bytes);
      std::ofstream(scratch_ / wal::segment_name({1, number}, kit_.segment_bytes), std::ios::binary) << bytes;
    }
  }
  core::Outcome<LostTail> count(std::uint64_t reached) {
    return count_tail(*files_, scratch_.path(), wal::Lsn{reached});
  }

  wal::WalKit kit_;
  std::vector<std::uint64_t> commits_;
  os::Scratch scratch_;
  std::unique_ptr<os::Files> files_ = os::make_files();
};

}  // namespace

TEST_F(Tail, CountsEachCommitBehindThePlaceThatWasReached) {
  write();
  for (const std::size_t at : {0u, 1u, 17u, 39u}) {
    const auto tail = count(commits_[at]);
    ASSERT_TRUE(tail) << tail.error().what;
    EXPECT_EQ(tail->commits, commits_.size() - at);
    ASSERT_TRUE(tail->first);
    EXPECT_EQ(tail->first->lsn.value, commits_[at]);
    EXPECT_EQ(tail->first->xid, 1000 + at);
  }
  const auto none = count(commits_.back() + 8);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->commits, 0u);
  EXPECT_FALSE(none->first);
}

TEST_F(Tail, EndsWhereAnOldSegmentWaitsToBeWritten) {
  write();
  const std::uint64_t last = kit_.segments.rbegin()->first;
  std::ofstream(scratch_ / wal::segment_name({1, last + 1}, kit_.segment_bytes), std::ios::binary)
      << kit_.segments.begin()->second;
  EXPECT_EQ(count(commits_[30])->commits, 10u);
}

TEST_F(Tail, SaysSoWhenTheWalIsGoneAlready) {
  write(3);
  EXPECT_FALSE(count(commits_[0]));
  EXPECT_FALSE(count_tail(*files_, scratch_ / "nowhere", wal::Lsn{1}));
}

TEST_F(Tail, HasNothingToCountWhenAllOfItWasReached) {
  write();
  const auto tail = count((kit_.segments.rbegin()->first + 2) * kit_.segment_bytes);
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->commits, 0u);
}

}  // namespace outrider::recovery
