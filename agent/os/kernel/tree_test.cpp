#include "agent/os/tree.hpp"

#include "agent/os/scratch.hpp"

#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;

namespace {

class Tree : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& content = "x") {
    const std::filesystem::path path = scratch_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  void folder(const std::string& name) { std::filesystem::create_directories(scratch_ / name); }

  std::vector<std::string> names(const std::string& below) {
    const auto files = os::list_tree(root_, below);
    EXPECT_TRUE(files) << files.error().what;
    std::vector<std::string> made;
    if (files)
      for (const os::TreeFile& file : *files) made.push_back(file.name);
    return made;
  }

  os::Scratch scratch_;
  const std::string& root_ = scratch_.path();
};

using Names = std::vector<std::string>;

}  // namespace

TEST_F(Tree, ListsFilesOfAnyDepthSortedByTheirWholeName) {
  put("b/2", "four");
  put("b-1/x");
  put("a");
  put("b/1/deep/er");
  EXPECT_EQ(names(""), (Names{"a", "b-1/x", "b/1/deep/er", "b/2"}));
  EXPECT_EQ(names("b"), (Names{"b/1/deep/er", "b/2"}));
  EXPECT_EQ(names("b/"), names("b"));
  EXPECT_EQ(names("nosuch/at/all"), Names{});
  EXPECT_EQ(os::list_tree(root_, "b")->back().bytes, 4u);
  EXPECT_EQ(os::list_folders(root_, ""), (Names{"b", "b-1"}));
}

TEST_F(Tree, TheTimeOfAFileIsToTheNanosecond) {
  put("a");
  const std::array<timespec, 2> times{timespec{1, 0}, timespec{1795272066, 123456789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (scratch_ / "a").c_str(), times.data(), 0), 0);
  EXPECT_EQ(os::look_beneath(root_, "a")->modified,
            core::WallTime(std::chrono::nanoseconds(1795272066123456789)));
}

TEST_F(Tree, LinksPipesAndSocketsAreNeitherListedNorOpened) {
  put("real/secret");
  folder("store/inner");
  ASSERT_EQ(::symlink("../real", (scratch_ / "store/link").c_str()), 0);
  ASSERT_EQ(::symlink("../real/secret", (scratch_ / "store/file").c_str()), 0);
  ASSERT_EQ(::symlink(".", (scratch_ / "store/loop").c_str()), 0);
  ASSERT_EQ(::mkfifo((scratch_ / "store/pipe").c_str(), 0600), 0);
  EXPECT_EQ(names("store"), Names{});
  EXPECT_FALSE(os::list_tree(root_, "store/link")) << "an asked-for link must not pass for an empty folder";
  EXPECT_FALSE(os::read_beneath(root_, "store/file", 100));
  EXPECT_FALSE(os::read_beneath(root_, "store/link/secret", 100));
  EXPECT_FALSE(os::read_beneath(root_, "store/pipe", 100));
  EXPECT_NE(os::read_beneath(root_, "store/file", 100).error().code, core::Errc::not_found);
}

TEST_F(Tree, TheRootItselfMayBeALink) {
  put("real/a", "content");
  ASSERT_EQ(::symlink("real", (scratch_ / "store").c_str()), 0);
  EXPECT_EQ(os::read_beneath(scratch_ / "store", "a", 100), "content");
  EXPECT_EQ(os::list_tree(scratch_ / "store", "")->size(), 1u);
}

TEST_F(Tree, NoNameLeadsOut) {
  put("secret");
  folder("store");
  const std::string store = scratch_ / "store";
  for (const std::string name :
       {"../secret", "/etc/passwd", "a/../../secret", ".", "..", "a//b", "./a", ""}) {
    EXPECT_EQ(os::read_beneath(store, name, 100).error().code, core::Errc::invalid) << name;
  }
  EXPECT_EQ(os::read_beneath(store, std::string("a\0b", 3), 100).error().code, core::Errc::invalid);
  EXPECT_FALSE(os::list_tree(store, "../"));
  EXPECT_FALSE(os::list_tree(store, "//"));
}

TEST_F(Tree, HostileNamesAreOnlyBytes) {
  const Names hostile{"\xff\xfe", "a b\n\t", "-rf", "~", "%p", "$(reboot)", std::string(255, 'z')};
  for (const std::string& name : hostile) put("h/" + name, "content of it");
  EXPECT_EQ(names("h").size(), hostile.size());
  for (const std::string& name : hostile)
    EXPECT_EQ(os::read_beneath(root_, "h/" + name, 100), "content of it");
  const auto missing = os::read_beneath(root_, "h/\xff", 100);
  EXPECT_EQ(missing.error().what.find('\xff'), std::string::npos) << "a sentence is UTF-8";
}

TEST_F(Tree, AbsentIsNotTheSameAsUnreachable) {
  put("a");
  EXPECT_EQ(os::read_beneath(root_, "b", 10).error().code, core::Errc::not_found);
  EXPECT_EQ(os::read_beneath(root_, "x/b", 10).error().code, core::Errc::not_found);
  EXPECT_EQ(os::read_beneath(scratch_ / "gone", "a", 10).error().code, core::Errc::unavailable);
  EXPECT_EQ(os::list_tree(scratch_ / "gone", "").error().code, core::Errc::unavailable);
  EXPECT_FALSE(os::list_tree(root_, "a")) << "a file is no folder";
}

TEST_F(Tree, WhatMayNotBeReadIsAnErrorNeverEmpty) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  put("closed/a");
  put("open/a");
  std::filesystem::permissions(scratch_ / "closed", std::filesystem::perms::none);
  EXPECT_EQ(os::list_tree(root_, "").error().code, core::Errc::denied);
  EXPECT_EQ(os::read_beneath(root_, "closed/a", 10).error().code, core::Errc::denied);
  std::filesystem::permissions(scratch_ / "closed", std::filesystem::perms::owner_all);
}

TEST_F(Tree, BoundsAreKept) {
  for (int at = 0; at < 600; ++at) put("many/" + std::to_string(at));
  put("deep/1/2/3/4/a");
  put("large", std::string(1000, 'x'));
  os::TreeBounds few;
  few.most_files = 599;
  EXPECT_EQ(os::list_tree(root_, "many", few).error().code, core::Errc::exhausted);
  os::TreeBounds shallow;
  shallow.most_levels = 3;
  EXPECT_EQ(os::list_tree(root_, "deep", shallow).error().code, core::Errc::exhausted);
  os::TreeBounds late;
  late.late = [] { return true; };
  EXPECT_EQ(os::list_tree(root_, "many", late).error().code, core::Errc::timed_out);
  EXPECT_EQ(os::read_beneath(root_, "large", 999).error().code, core::Errc::exhausted);
  EXPECT_EQ(os::read_beneath(root_, "large", 1000)->size(), 1000u);
  EXPECT_EQ(os::read_beginning(root_, "large", 16)->size(), 16u);
  EXPECT_EQ(os::read_beginning(root_, "large", 5000)->size(), 1000u);
}
