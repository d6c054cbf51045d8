#include "agent/leases/file/file_lease.hpp"

#include "agent/net/sim_net.hpp"
#include "agent/os/sim/sim_run.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::leases;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const std::string path = "/srv/tests-api.lease";

// Locks of processes that exist only here.
class Locks {
 public:
  core::Outcome<std::unique_ptr<os::Lock>> take(const std::string& which) {
    if (broken) return core::fail(core::Errc::unavailable, "cannot lock " + which + ": stale file handle");
    if (!taken_.insert(which).second)
      return core::fail(core::Errc::busy, "cannot lock " + which + ": held by pid 4711");
    return std::make_unique<One>(*this, which);
  }
  bool broken = false;

 private:
  class One final : public os::Lock {
   public:
    One(Locks& of, std::string which) : of_(of), which_(std::move(which)) {}
    ~One() override { of_.taken_.erase(which_); }

   private:
    Locks& of_;
    std::string which_;
  };
  std::set<std::string> taken_;
};

class FileLeaseTest : public testing::Test {
 protected:
  void SetUp() override { (void)files.make_directories("/srv"); }

  std::shared_ptr<Lease> lease() {
    return file::make_lease(
        path, {clock, *pool, files, *client, [this](const std::string& which) { return locks.take(which); }});
  }

  template <class T>
  T wait_for(core::Task<T> work) {
    auto result = os::run_for(clock, loop, core::Duration::zero(), std::move(work));
    EXPECT_TRUE(result) << "it is not done";
    return std::move(*result);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  os::SimFiles files;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  Locks locks;
};

}  // namespace

TEST_F(FileLeaseTest, HasOneHolderWhoIsNamedToTheOthers) {
  const auto ours = lease();
  const auto theirs = lease();
  ASSERT_TRUE(wait_for(ours->take("tests-api on host-1", 1min)));
  const auto refused = wait_for(theirs->take("tests-api on host-2", 1min));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::busy);
  EXPECT_EQ(refused.error().what, "/srv/tests-api.lease is held by tests-api on host-1");
  EXPECT_TRUE(wait_for(ours->give_back()));
  EXPECT_TRUE(wait_for(theirs->take("tests-api on host-2", 1min)));
}

TEST_F(FileLeaseTest, EachTakingHasALargerTokenAndFindsTheRecord) {
  const auto ours = lease();
  const auto first = wait_for(ours->take("a", 1min));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->token, 1u);
  EXPECT_EQ(first->record, "");
  ASSERT_TRUE(wait_for(ours->write("restarts 1 2")));
  ASSERT_TRUE(wait_for(ours->give_back()));
  const auto second = wait_for(lease()->take("b", 1min));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->token, 2u);
  EXPECT_EQ(second->record, "restarts 1 2");
}

TEST_F(FileLeaseTest, WhoDoesNotHoldItWritesNothing) {
  const auto ours = lease();
  EXPECT_FALSE(wait_for(ours->write("restarts 1")));
  EXPECT_FALSE(files.exists(path + ".record"));
}

TEST_F(FileLeaseTest, IsGoneWithItsHolder) {
  {
    ASSERT_TRUE(wait_for(lease()->take("a", 1min)));
  }
  EXPECT_TRUE(wait_for(lease()->take("b", 1min)));
}

TEST_F(FileLeaseTest, WhatCannotBeKnownIsNotHeld) {
  locks.broken = true;
  const auto unknown = wait_for(lease()->take("a", 1min));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().code, core::Errc::busy);
  locks.broken = false;
  ASSERT_TRUE(files.replace(path + ".record", "nonsense"));
  const auto corrupt = wait_for(lease()->take("a", 1min));
  ASSERT_FALSE(corrupt);
  EXPECT_THAT(corrupt.error().what, HasSubstr("it is no record of a lease"));
  files.faults.capacity_bytes = files.used_bytes();
  ASSERT_TRUE(files.remove(path + ".record"));
  files.faults.capacity_bytes = files.used_bytes();
  EXPECT_FALSE(wait_for(lease()->take("a", 1min))) << "a token that cannot be kept is none";
}
