#include "agent/catalogs/pgbackrest/archive.hpp"

#include "agent/os/files.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::catalogs;
using catalogs::pgbackrest::read_archive;

namespace {

const std::string sum(40, 'a');

std::string entry(const std::string& path, int bytes = 100) {
  return "\"" + path + R"(":{"type":"file","size":)" + std::to_string(bytes) + R"(,"time":1795272066})";
}

std::vector<std::string> names(const std::string& text, const std::string& archive_id) {
  const auto files = read_archive(text, "it", archive_id);
  EXPECT_TRUE(files);
  std::vector<std::string> made;
  for (const ArchivedFile& file : files.value_or(std::vector<ArchivedFile>())) made.push_back(file.name);
  return made;
}

}  // namespace

TEST(PgBackRestArchive, ARecordedListingIsReadWithSumsAndSizes) {
  const auto text = os::make_files()->read_all("agent/catalogs/pgbackrest/fixtures/repo-ls.json", 1 << 20);
  ASSERT_TRUE(text);
  const auto files = read_archive(*text, "it", "15-1");
  ASSERT_TRUE(files) << files.error().what;
  ASSERT_EQ(files->size(), 15u) << "11 segments and 4 labels; archive.info is neither";
  const ArchivedFile& first = files->front();
  EXPECT_EQ(first.name, "000000010000000000000001");
  EXPECT_EQ(first.object,
            "archive/it/15-1/0000000100000000/"
            "000000010000000000000001-264adf93897ac919d25de5fea233ecd24d5fbbf4.zst");
  EXPECT_EQ(first.sha1, "264adf93897ac919d25de5fea233ecd24d5fbbf4");
  EXPECT_TRUE(first.compressed);
  EXPECT_EQ(first.stored_bytes, 1333440u);
  EXPECT_EQ(first.stored, core::WallTime(std::chrono::seconds(1795272066)));
  EXPECT_EQ((*files)[2].name, "000000010000000000000002.00000028.backup");
  EXPECT_FALSE((*files)[2].compressed);
}

TEST(PgBackRestArchive, EveryCompressionHistoryAndPartialIsKnown) {
  const std::string folder = "15-1/0000000200000000/0000000200000000000000";
  const std::string text = "{" + entry(folder + "01-" + sum) + "," + entry(folder + "02-" + sum + ".gz") +
                           "," + entry(folder + "03-" + sum + ".lz4") + "," +
                           entry(folder + "04-" + sum + ".zst") + "," + entry(folder + "05-" + sum + ".bz2") +
                           "," + entry(folder + "06.partial-" + sum + ".gz") + "," +
                           entry("15-1/00000002.history") + "}";
  const auto files = read_archive(text, "it", "15-1");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 7u);
  EXPECT_EQ(files->front().name, "00000002.history");
  EXPECT_FALSE((*files)[1].compressed);
  for (std::size_t at = 2; at < 7; ++at) EXPECT_TRUE((*files)[at].compressed) << (*files)[at].object;
  EXPECT_EQ(files->back().name, "000000020000000000000006.partial");
}

TEST(PgBackRestArchive, OneNameTwiceIsToldTwice) {
  const std::string name = "15-1/0000000100000000/000000010000000000000001-";
  EXPECT_EQ(
      names("{" + entry(name + sum) + "," + entry(name + std::string(40, 'b') + ".gz") + "}", "15-1").size(),
      2u);
}

TEST(PgBackRestArchive, OnlyTheCurrentArchiveIsListed) {
  const std::string segment = "/0000000100000000/000000010000000000000001-" + sum + ".gz";
  const std::string text = "{" + entry("9.6-2" + segment) + "," + entry("14-10" + segment) + "," +
                           entry("15-9/00000003.history") + R"(,"15-11":{"type":"file","size":1}})";
  EXPECT_EQ(names(text, "9.6-2").size(), 1u);
  EXPECT_EQ(names(text, ""), std::vector<std::string>{"000000010000000000000001"})
      << "10 is the newest folder";
  EXPECT_TRUE(names(text, "16-12").empty());
}

TEST(PgBackRestArchive, WhatIsBeingWrittenAndWhatIsNotOursIsLeftOut) {
  const std::string folder = "15-1/0000000100000000/";
  std::string text = "{" + entry("archive.info");
  for (const std::string& name :
       {"000000010000000000000001-" + sum + ".gz.pgbackrest.tmp", "000000010000000000000001-" + sum.substr(1),
        std::string("000000010000000000000001"), "00000001000000000000000g-" + sum,
        "000000010000000000000001-" + sum + ".xz", "../../etc/passwd-" + sum, "00000002.history-" + sum,
        std::string("-"), std::string(".gz"), std::string()})
    text += "," + entry(folder + name);
  EXPECT_TRUE(names(text + "}", "15-1").empty());
}

TEST(PgBackRestArchive, TornOutputIsAnError) {
  const auto text = os::make_files()->read_all("agent/catalogs/pgbackrest/fixtures/repo-ls.json", 1 << 20);
  for (std::size_t length = 0; length < text->find_last_of('}'); length += 11) {
    EXPECT_FALSE(read_archive(text->substr(0, length), "it", "15-1")) << length;
  }
  EXPECT_FALSE(read_archive("[]", "it", "15-1"));
}

TEST(PgBackRestArchive, AHundredThousandSegmentsAreReadInASecond) {
  std::string text = "{\".\":{\"type\":\"path\"}";
  std::array<char, 64> name{};
  for (unsigned at = 0; at < 100'000; ++at) {
    std::snprintf(name.data(), name.size(), "00000001%08X%08X", at / 256, at % 256);
    text += "," + entry("15-1/" + std::string(name.data(), 16) + "/" + name.data() + "-" + sum + ".zst");
  }
  const std::clock_t before = std::clock();
  EXPECT_EQ(names(text + "}", "15-1").size(), 100'000u);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // there it takes ten times as long
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 1.0);
#else
  (void)before;
#endif
}
