#include "agent/catalogs/base_backup/base_backup.hpp"

#include "agent/catalogs/base_backup/manifest.hpp"
#include "agent/catalogs/tool_world.hpp"
#include "agent/os/scratch.hpp"

#include <array>
#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

using namespace outrider;
using namespace outrider::catalogs;
using namespace std::chrono_literals;
using catalogs::base_backup::read_manifest;
using testing::Contains;
using testing::HasSubstr;

namespace {

// With the sum that belongs to it.
std::string manifest(const std::string& files, const std::string& more = "") {
  std::string text = "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n" + more + "\"Files\": [\n" + files +
                     "\n],\n\"WAL-Ranges\": [\n{ \"Timeline\": 1, \"Start-LSN\": \"0/2000028\", \"End-LSN\": "
                     "\"0/4000000\" }\n],\n";
  std::array<unsigned char, 32> sum{};
  EVP_Digest(text.data(), text.size(), sum.data(), nullptr, EVP_sha256(), nullptr);
  text += "\"Manifest-Checksum\": \"";
  std::array<char, 3> pair{};
  for (const unsigned char byte : sum) {
    std::snprintf(pair.data(), pair.size(), "%02x", byte);
    text += pair.data();
  }
  return text + "\"}\n";
}

std::string file(const std::string& path, std::size_t bytes) {
  return "{ \"Path\": \"" + path + "\", \"Size\": " + std::to_string(bytes) +
         ", \"Last-Modified\": \"2026-11-21 15:05:20 GMT\", \"Checksum-Algorithm\": \"CRC32C\", "
         "\"Checksum\": "
         "\"ddcc302b\" }";
}

const std::string three_files =
    file("backup_label", 5) + ",\n" + file("PG_VERSION", 3) + ",\n" + file("global/pg_control", 8);

class BaseBackup : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& content) {
    const std::filesystem::path path = scratch_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  void put_plain(const std::string& label) {
    put("base/" + label + "/backup_label", "label");
    put("base/" + label + "/PG_VERSION", "15\n");
    put("base/" + label + "/global/pg_control", std::string("\x01\0\0\0\0\0\0\x10", 8));
    put("base/" + label + "/backup_manifest", manifest(three_files));
  }
  Listing list() {
    const auto listing = world_.wait(catalog_->list(10s));
    EXPECT_TRUE(listing);
    return listing.value_or(Listing());
  }
  std::vector<std::vector<std::string>> steps(const BackupSet& set, bool reuse) {
    std::vector<std::vector<std::string>> made;
    const auto planned = catalog_->restore(set, "/scratch/data", reuse);
    EXPECT_TRUE(planned);
    if (!planned) return made;
    for (const Step& step : *planned) made.push_back(step.argv);
    return made;
  }

  os::Scratch scratch_;
  ToolWorld world_;
  base_backup::Settings settings_{scratch_ / "base", scratch_ / "wal"};
  std::unique_ptr<Catalog> catalog_ = base_backup::make_catalog(settings_, world_.tools);
};

}  // namespace

TEST(BaseBackupManifest, IsReadWhenItsSumIsRight) {
  const auto read = read_manifest(manifest(three_files, "\"System-Identifier\": 18446744073709551615,\n"));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->files.size(), 3u);
  EXPECT_EQ(read->bytes, 16u);
  EXPECT_EQ(read->timeline, 1u);
  EXPECT_EQ(read->start_lsn->text(), "0/2000028");
  EXPECT_EQ(read->stop_lsn->text(), "0/4000000");
  EXPECT_EQ(read->system_id, 18446744073709551615ULL);
  EXPECT_EQ(read->started, core::WallTime(std::chrono::seconds(1795273520)));
}

TEST(BaseBackupManifest, TornOrChangedItIsCorrupt) {
  const std::string whole = manifest(three_files);
  ASSERT_TRUE(read_manifest(whole));
  for (std::size_t length = 0; length + 2 < whole.size(); length += 5) {
    EXPECT_FALSE(read_manifest(whole.substr(0, length))) << length;
  }
  std::string changed = whole;
  changed.replace(changed.find("\"Size\": 8"), 9, "\"Size\": 9");
  EXPECT_EQ(read_manifest(changed).error().code, core::Errc::corrupt);
  EXPECT_FALSE(read_manifest("{}"));
}

TEST(BaseBackupManifest, ANameThatIsNotUtf8IsDecoded) {
  const auto read =
      read_manifest(manifest(R"({ "Encoded-Path": "62ff", "Size": 1 },{ "Encoded-Path": "zz", "Size": 1 })"));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->files.size(), 1u);
  EXPECT_EQ(read->files[0].path, "b\xff");
}

TEST_F(BaseBackup, APlainBackupIsCompleteWhenItsManifestAndAllItsFilesAreThere) {
  put_plain("monday");
  put("wal/000000010000000000000003", std::string(16 << 20, 'x'));
  const Listing listing = list();
  EXPECT_THAT(listing.troubles, testing::IsEmpty());
  ASSERT_EQ(listing.sets.size(), 1u);
  const BackupSet& set = listing.sets[0];
  EXPECT_EQ(set.label, "monday");
  EXPECT_TRUE(set.complete);
  EXPECT_FALSE(set.damaged) << set.trouble;
  EXPECT_EQ(set.system_id, 0x1000000000000001ULL);
  EXPECT_EQ(set.first_wal, "000000010000000000000002");
  EXPECT_EQ(set.last_wal, "000000010000000000000003") << "the LSN where it ends is the next one's first byte";
  EXPECT_EQ(set.database_bytes, 16u);
  EXPECT_EQ(listing.wal.size(), 1u);
  EXPECT_EQ(listing.system_id, set.system_id);
}

TEST_F(BaseBackup, AFileLostOrShortIsDamageAndNamed) {
  put_plain("lost");
  std::filesystem::remove(scratch_ / "base/lost/global/pg_control");
  put_plain("short");
  put("base/short/PG_VERSION", "1");
  std::filesystem::create_directory(scratch_ / "wal");
  for (const BackupSet& set : list().sets) {
    EXPECT_TRUE(set.complete);
    EXPECT_TRUE(set.damaged);
    EXPECT_THAT(set.trouble,
                HasSubstr(set.label == "lost" ? "global/pg_control is missing" : "PG_VERSION has another"));
  }
}

TEST_F(BaseBackup, WithoutAManifestItDidNotEnd) {
  put("base/torn/PG_VERSION", "15\n");
  put("base/torn/backup_manifest.tmp", "{");
  put("base/changed/PG_VERSION", "15\n");
  put("base/changed/backup_manifest", "{ \"Files\": []");
  put("base/lost+found/x", "x");
  put("base/a-file", "x");
  const Listing listing = list();
  ASSERT_EQ(listing.sets.size(), 2u);
  for (const BackupSet& set : listing.sets) {
    EXPECT_FALSE(set.complete);
    EXPECT_FALSE(set.trouble.empty());
    EXPECT_FALSE(catalog_->restore(set, "/scratch/data", false));
  }
}

TEST_F(BaseBackup, OfATarEveryPieceMustBeThere) {
  const std::string files = three_files + ",\n" + file("pg_tblspc/16384/PG_15_202209061/5/16385", 9);
  for (const std::string label : {"whole", "lacking"}) {
    put("base/" + label + "/base.tar.gz", "t");
    put("base/" + label + "/backup_manifest", manifest(files));
  }
  put("base/whole/16384.tar.zst", "t");
  put("base/whole/pg_wal.tar", "t");
  for (const BackupSet& set : list().sets) {
    EXPECT_EQ(set.damaged, set.label == "lacking") << set.trouble;
    if (set.label != "whole") continue;
    const auto argvs = steps(set, false);
    ASSERT_EQ(argvs.size(), 10u);
    EXPECT_THAT(argvs[2], Contains("--gzip"));
    EXPECT_THAT(argvs[2], Contains("--exclude=tablespace_map"));
    EXPECT_THAT(argvs[2], Contains("--directory=/scratch/data"));
    EXPECT_THAT(argvs[4], Contains("--directory=/scratch/data-beside/tablespaces/16384"));
    EXPECT_THAT(argvs[5], Contains("/scratch/data/pg_tblspc/16384"));
    EXPECT_THAT(argvs[7], Contains("--directory=/scratch/data/pg_wal"));
  }
}

TEST_F(BaseBackup, ACopyKeepsNoLinkOfTheBackupAndReuseEmptiesTheFolderFirst) {
  put_plain("monday");
  put("base/monday/pg_tblspc/16384/x", "x");
  const BackupSet set = list().sets.at(0);
  using Argv = std::vector<std::string>;
  const auto afresh = steps(set, false);
  EXPECT_EQ(afresh.at(2), (Argv{"cp", "-a", "-L", "--reflink=auto", "-T", "--", scratch_ / "base/monday",
                                "/scratch/data"}));
  EXPECT_EQ(afresh.at(3), (Argv{"mv", "-T", "--", "/scratch/data/pg_tblspc/16384",
                                "/scratch/data-beside/tablespaces/16384"}));
  EXPECT_EQ(afresh.at(4), (Argv{"ln", "-s", "-T", "--", "/scratch/data-beside/tablespaces/16384",
                                "/scratch/data/pg_tblspc/16384"}));
  EXPECT_EQ(steps(set, true).at(2),
            (Argv{"find", "/scratch/data", "/scratch/data-beside/", "-mindepth", "1", "-delete"}));
  BackupSet unseen;
  unseen.label = "unseen";
  EXPECT_EQ(catalog_->restore(unseen, "/scratch/data", false).error().code, core::Errc::not_found);
}

TEST_F(BaseBackup, WhatIsNotMountedIsUnknown) {
  const Listing listing = list();
  EXPECT_FALSE(listing.sets_known);
  EXPECT_FALSE(listing.wal_known);
  EXPECT_EQ(listing.troubles.size(), 2u);
}

TEST_F(BaseBackup, WithoutAnArchiveItCannotBeRolledForward) {
  put_plain("monday");
  catalog_ = base_backup::make_catalog({scratch_ / "base", ""}, world_.tools);
  EXPECT_FALSE(list().archives_wal);
  EXPECT_EQ(catalog_->fetch_wal().error().code, core::Errc::unsupported);
  EXPECT_EQ(catalog_->backup(BackupKind::full).error().code, core::Errc::unsupported);
}
