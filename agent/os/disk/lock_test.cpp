#include "agent/os/lock.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;

TEST(Lock, ASecondHolderIsRefusedAndToldWhoTheFirstIs) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("outrider-lock-" + std::to_string(::getpid()))).string();
  auto first = os::lock_file(path);
  ASSERT_TRUE(first.has_value());
  const auto second = os::lock_file(path);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, core::Errc::busy);
  EXPECT_NE(second.error().what.find("held by pid " + std::to_string(::getpid())), std::string::npos);
  first->reset();
  EXPECT_TRUE(os::lock_file(path).has_value());
  std::filesystem::remove(path);
}

TEST(Lock, AMissingDirectoryIsSaid) {
  const auto lock = os::lock_file("/nonexistent/directory/lock");
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().what, "cannot open /nonexistent/directory/lock: No such file or directory");
}
