#include "agent/os/waits.hpp"

#include "agent/os/scratch.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;

namespace {

void put(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

}  // namespace

TEST(Waits, SaysWhatEachThreadWaitsFor) {
  const os::Scratch root;
  put(root / "proc/7/task/7/comm", "tests-api\n");
  put(root / "proc/7/task/7/stat", "7 (tests) api) S 1 7\n");
  put(root / "proc/7/task/7/wchan", "futex_wait_queue");
  put(root / "proc/7/task/7/syscall", "202 0x7f 0x80\n");
  put(root / "proc/7/task/7/stack", "[<0>] futex_wait_queue+0x60/0x90\n[<0>] do_futex+0x1\n");
  put(root / "proc/7/task/9/comm", "worker\n");
  put(root / "proc/7/task/9/stat", "9 (worker) R 1 7\n");
  put(root / "proc/7/task/9/wchan", "0");
  const auto waits = os::thread_waits(7, 10, root.path());
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_EQ(waits[0].name, "tests-api");
  EXPECT_EQ(waits[0].state, 'S');
  EXPECT_EQ(waits[0].waits, "futex_wait_queue");
  EXPECT_EQ(waits[0].call, "202 0x7f 0x80");
  EXPECT_TRUE(waits[0].stack.ends_with("do_futex+0x1\n"));
  EXPECT_EQ(waits[1].state, 'R');
  EXPECT_EQ(waits[1].waits, "");
  EXPECT_EQ(os::thread_waits(7, 1, root.path()).size(), 1u);
  EXPECT_TRUE(os::thread_waits(8, 1, root.path()).empty());
}

TEST(Waits, SeesItsOwnThread) {
  const auto waits = os::thread_waits(::getpid(), 10);
  ASSERT_FALSE(waits.empty());
  EXPECT_EQ(waits[0].id, ::getpid());
}

TEST(Pressure, IsAbsentWhereTheKernelDoesNotTell) {
  const os::Scratch root;
  put(root / "proc/pressure/memory", "some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=0.00\n");
  const os::Pressure pressure = os::pressure(root.path());
  EXPECT_EQ(pressure.memory, 12.5);
  EXPECT_FALSE(pressure.cpu);
}
