#include "agent/catalogs/wal_folder.hpp"

#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/scratch.hpp"
#include "agent/os/tool.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::catalogs;

namespace {

const std::string segment = "000000010000000000000001";

class WalFolder : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& content) {
    const std::filesystem::path path = scratch_ / ("wal/" + name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  std::vector<ArchivedFile> list() {
    const auto files = list_wal_folder(scratch_ / "wal", os::TreeBounds());
    EXPECT_TRUE(files);
    return files.value_or(std::vector<ArchivedFile>());
  }
  // Its exit code; what it brought is in fetched_.
  int fetch(const std::string& name) {
    int code = -1;
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto clock = os::make_clock();
      const auto processes = os::make_processes();
      os::Command command;
      for (const std::string& word : fetch_from_folder(scratch_ / "wal").argv)
        command.argv.push_back(word == "%f" ? name : word == "%p" ? scratch_ / "fetched" : word);
      const auto result =
          co_await os::run_tool(*processes, *clock, std::move(command), std::chrono::seconds(20), 1000);
      if (result) code = result->exit.code;
      if (result) said_ = result->errors;
    });
    fetched_ = os::read_beneath(scratch_.path(), "fetched", 1 << 20).value_or("nothing");
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "fetched.part"));
    return code;
  }
  void shell(const std::string& command) {
    ASSERT_EQ(::system(("cd " + scratch_.path() + " && " + command).c_str()), 0);
  }

  os::Scratch scratch_;
  std::string fetched_;
  std::string said_;
};

// The first page of a segment, as PostgreSQL 15 on a little-endian machine writes it.
std::string first_page(std::uint64_t system_id, std::uint32_t segment_bytes) {
  std::string page(8192, '\0');
  page.replace(0, 4, "\x10\xd1\x07\x00", 4);
  for (int at = 0; at < 8; ++at) page[24 + at] = static_cast<char>(system_id >> (8 * at));
  for (int at = 0; at < 4; ++at) page[32 + at] = static_cast<char>(segment_bytes >> (8 * at));
  return page;
}

}  // namespace

TEST_F(WalFolder, KnowsWalByItsNameInAnyFolderAndPacking) {
  put(segment, std::string(1 << 20, 'x'));
  put("0000000100000000/000000010000000000000002.gz", "g");
  put("000000010000000000000003", "\x1f\x8b packed though nothing says so");
  put("000000010000000000000004", "cut off");
  put("00000002.history", "1\t0/3000000\tbefore\n");
  put("000000010000000000000001.00000028.backup", "label");
  put("000000010000000000000005.partial", "p");
  put("000000010000000000000006.tmp", "not yet");
  put("notes.txt", "no");
  const auto files = list();
  ASSERT_EQ(files.size(), 7u);
  EXPECT_EQ(files[0].name, segment);
  EXPECT_FALSE(files[0].compressed);
  EXPECT_EQ(files[1].name, segment + ".00000028.backup");
  EXPECT_EQ(files[2].object, "0000000100000000/000000010000000000000002.gz");
  EXPECT_TRUE(files[2].compressed);
  EXPECT_TRUE(files[3].compressed) << "by its first bytes";
  EXPECT_FALSE(files[4].compressed) << "a short segment is not a compressed one";
  EXPECT_EQ(files[5].name, "000000010000000000000005.partial");
  EXPECT_EQ(files[6].name, "00000002.history");
}

TEST_F(WalFolder, TheFirstPageSaysWhoseWalItIs) {
  const WalFacts facts = read_first_page(first_page(7710634800229487000ULL, 64 << 20));
  EXPECT_EQ(facts.system_id, 7710634800229487000ULL);
  EXPECT_EQ(facts.segment_bytes, 64u << 20);
  EXPECT_FALSE(read_first_page(first_page(1, 12345)).system_id) << "no such segment size";
  EXPECT_FALSE(read_first_page("short").system_id);
  EXPECT_FALSE(read_first_page(std::string(8192, '\0')).system_id);
  put(segment, first_page(77, 1 << 20) + std::string((1 << 20) - 8192, '\0'));
  EXPECT_EQ(facts_of_wal(scratch_ / "wal", list()).system_id, 77u);
}

TEST_F(WalFolder, FetchesWhateverThePackingIs) {
  const std::string content(100'000, 'w');
  for (const std::string tool : {"gzip", "zstd", "lz4", "bzip2", "xz"}) {
    if (::system(("command -v " + tool + " > /dev/null").c_str()) != 0) continue;
    put(segment, content);
    shell(tool + " -c wal/" + segment + " > packed; mv packed wal/" + segment);
    EXPECT_EQ(fetch(segment), 0) << tool << said_;
    EXPECT_EQ(fetched_, content) << tool;
  }
  put(segment, content);
  EXPECT_EQ(fetch(segment), 0);
  EXPECT_EQ(fetched_, content);
  put("00000002.history", "1\t0/3000000\tbefore\n");
  EXPECT_EQ(fetch("00000002.history"), 0);
  put("0000000100000000/000000010000000000000002", content);
  EXPECT_EQ(fetch("000000010000000000000002"), 0);
  shell("gzip wal/" + segment);
  EXPECT_EQ(fetch(segment), 0);
  EXPECT_EQ(fetched_, content);
}

TEST_F(WalFolder, AbsentIsOneAndTroubleIsNot) {
  put(segment, "x");
  EXPECT_EQ(fetch("000000010000000000000009"), 1);
  EXPECT_EQ(fetch("00000009.history"), 1);
  EXPECT_EQ(fetch("../../etc/passwd"), 2);
  put("000000010000000000000002.gz", "\x1f\x8b this is no gzip");
  EXPECT_EQ(fetch("000000010000000000000002"), 2);
  EXPECT_EQ(fetched_, "nothing");
  std::filesystem::create_directory(scratch_ / "wal/000000010000000000000003");
  EXPECT_EQ(fetch("000000010000000000000003"), 2) << "it is there, but is no file";
  ASSERT_EQ(::symlink("nowhere", (scratch_ / "wal/000000010000000000000004").c_str()), 0);
  EXPECT_EQ(fetch("000000010000000000000004"), 2) << "a link to what is not there";
}

TEST_F(WalFolder, AnEmptyOrMissingFolderIsTroubleNotTheEndOfTheArchive) {
  EXPECT_EQ(fetch(segment), 2);
  std::filesystem::create_directory(scratch_ / "wal");
  EXPECT_EQ(fetch(segment), 2);
  EXPECT_NE(said_.find("is it mounted?"), std::string::npos) << said_;
}
