#include "agent/catalogs/pgbackrest/info.hpp"

#include "agent/os/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::catalogs;
using catalogs::pgbackrest::read_info;
using catalogs::pgbackrest::Stanza;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

// Recorded from pgBackRest 2.45.
std::string recorded(const std::string& name) {
  const auto text = os::make_files()->read_all("agent/catalogs/pgbackrest/fixtures/" + name, 1 << 20);
  EXPECT_TRUE(text) << name;
  return text.value_or("");
}

Stanza read(const std::string& text, const std::string& stanza = "it") {
  const auto made = read_info(text, stanza, 1);
  EXPECT_TRUE(made) << made.error().what;
  return made.value_or(Stanza());
}

std::string with_status(const std::string& status, const std::string& more = "") {
  return R"([{"name":"it","repo":[{"key":1,"status":)" + status + "}]" + more + "}]";
}

}  // namespace

TEST(PgBackRestInfo, EverySetIsReadWithWhatARestoreNeeds) {
  const Stanza stanza = read(recorded("info-damaged.json"));
  EXPECT_TRUE(stanza.sets_known);
  EXPECT_THAT(stanza.troubles, ElementsAre());
  EXPECT_EQ(stanza.archive_id, "15-1");
  ASSERT_EQ(stanza.sets.size(), 4u);
  const BackupSet& full = stanza.sets[0];
  EXPECT_EQ(full.label, "20261121-144105F");
  EXPECT_EQ(full.kind, BackupKind::full);
  EXPECT_TRUE(full.complete);
  EXPECT_FALSE(full.damaged);
  EXPECT_EQ(full.start_lsn->text(), "0/2000028");
  EXPECT_EQ(full.stop_lsn->text(), "0/2000100");
  EXPECT_EQ(full.first_wal, "000000010000000000000002");
  EXPECT_EQ(full.last_wal, "000000010000000000000002");
  EXPECT_EQ(full.database_bytes, 23058149u);
  EXPECT_EQ(full.stored_bytes, 2850224u);
  EXPECT_EQ(full.started, core::WallTime(std::chrono::seconds(1795272065)));
  EXPECT_EQ(stanza.sets[1].kind, BackupKind::differential);
  EXPECT_THAT(stanza.sets[1].references, ElementsAre("20261121-144105F"));
  EXPECT_EQ(stanza.sets[1].stored_bytes, 46992u) << "its own, without what it refers to";
  EXPECT_EQ(stanza.sets[2].kind, BackupKind::incremental);
}

TEST(PgBackRestInfo, TheSystemIdKeepsAllItsBits) {
  const std::string text = recorded("info-damaged.json");
  const std::size_t at = text.find("\"system-id\":") + 12;
  const std::uint64_t written = std::stoull(text.substr(at));
  EXPECT_GT(written, 1ULL << 53) << "else this shows nothing";
  const Stanza stanza = read(text);
  EXPECT_EQ(stanza.system_id, written);
  EXPECT_EQ(stanza.sets[0].system_id, written);
  const Stanza large =
      read(R"([{"name":"it","db":[{"id":1,"repo-key":1,"system-id":18446744073709551615}]}])");
  EXPECT_EQ(large.system_id, 18446744073709551615ULL);
}

TEST(PgBackRestInfo, AChecksumErrorIsDamageThoughTheBackupSucceeded) {
  const Stanza stanza = read(recorded("info-damaged.json"));
  EXPECT_TRUE(stanza.sets[3].damaged);
  EXPECT_THAT(stanza.sets[3].trouble, HasSubstr("wrong checksum"));
  EXPECT_TRUE(stanza.sets[3].complete);
  EXPECT_THAT(pgbackrest::read_damaged_files(recorded("info-damaged-set.json"), stanza.sets[3].label),
              ElementsAre("base/5/1259"));
}

TEST(PgBackRestInfo, EachStatusIsASentenceAndOnlySomeLeaveTheSetsKnown) {
  struct Row {
    std::string status;
    bool known;
    std::string says;
  };
  const std::vector<Row> rows = {
      {R"({"code":1,"message":"missing stanza path"})", false, "finds no stanza it in repository 1"},
      {R"({"code":2,"message":"no valid backups"})", true, "no valid backup of stanza it"},
      {R"({"code":3,"message":"missing stanza data"})", false, "backup.info is missing"},
      {R"({"code":4,"message":"different across repos"})", true, "another database than the other"},
      {R"({"code":5,"message":"database mismatch across repos"})", true, "two different databases"},
      {R"({"code":6,"message":"requested backup not found"})", false, "is not in stanza it"},
      {R"({"code":99,"message":"other"})", false, "status 99, other"},
      {R"({"code":41,"message":"of tomorrow"})", false, "status 41, of tomorrow"},
      {R"({})", false, "no status"},
      {"null", false, "no status"},
  };
  for (const Row& row : rows) {
    const Stanza stanza = read(with_status(row.status));
    EXPECT_EQ(stanza.sets_known, row.known) << row.status;
    ASSERT_EQ(stanza.troubles.size(), 1u) << row.status;
    EXPECT_THAT(stanza.troubles[0], HasSubstr(row.says));
  }
  EXPECT_TRUE(read(with_status(R"({"code":0,"message":"ok"})")).troubles.empty());
}

TEST(PgBackRestInfo, AnUnreadableRepositoryIsUnknownWithItsReason) {
  const Stanza denied = read(recorded("info-denied.json"));
  EXPECT_FALSE(denied.sets_known);
  EXPECT_THAT(denied.troubles.at(0), HasSubstr("Permission denied"));
  const Stanza locked = read(recorded("info-wrong-passphrase.json"));
  EXPECT_FALSE(locked.sets_known);
  EXPECT_THAT(locked.troubles.at(0), HasSubstr("unable to load info file"));
  const Stanza absent = read(recorded("info-no-stanza.json"), "nosuch");
  EXPECT_FALSE(absent.sets_known);
}

TEST(PgBackRestInfo, AMessageOfRawBytesIsStillASentence) {
  const Stanza stanza = read(with_status("{\"code\":99,\"message\":\"line 1: \xff\xfe$2\\nmore\"}"));
  EXPECT_EQ(stanza.troubles.at(0).find('\xff'), std::string::npos);
  EXPECT_EQ(stanza.troubles.at(0).find('\n'), std::string::npos);
}

TEST(PgBackRestInfo, WhatAnOlderToolDoesNotTellIsUnknownNotZero) {
  const Stanza stanza = read(
      R"([{"name":"it","status":{"code":0,"message":"ok"},"db":[{"id":1,"system-id":7,"version":"13"}],
          "backup":[{"label":"20200101-000000F","type":"full","timestamp":{"start":1,"stop":2},
          "database":{"id":1},"archive":{"start":null,"stop":null},"info":{"size":5}}]}])");
  ASSERT_EQ(stanza.sets.size(), 1u);
  EXPECT_FALSE(stanza.sets[0].start_lsn);
  EXPECT_FALSE(stanza.sets[0].stop_lsn);
  EXPECT_EQ(stanza.sets[0].first_wal, "");
  EXPECT_EQ(stanza.sets[0].stored_bytes, 0u);
  EXPECT_EQ(stanza.sets[0].system_id, 7u);
  EXPECT_EQ(stanza.archive_id, "13-1");
  EXPECT_THAT(stanza.troubles, ElementsAre(HasSubstr("2.36"))) << "no error member: damage is not told";
}

TEST(PgBackRestInfo, AfterAnUpgradeTheNewestDatabaseIsTheCurrentOne) {
  const Stanza stanza = read(
      R"([{"name":"it","repo":[{"key":1,"status":{"code":0,"message":"ok"}}],
          "db":[{"id":2,"repo-key":1,"system-id":22,"version":"15"},{"id":1,"repo-key":1,"system-id":11,"version":"14"},
                {"id":9,"repo-key":2,"system-id":99,"version":"16"}],
          "archive":[{"id":"14-1","database":{"id":1,"repo-key":1}},{"id":"15-2","database":{"id":2,"repo-key":1}}],
          "backup":[{"label":"b","database":{"id":2,"repo-key":1},"timestamp":{"stop":20},"error":false},
                    {"label":"a","database":{"id":1,"repo-key":1},"timestamp":{"stop":10},"error":false},
                    {"label":"elsewhere","database":{"id":9,"repo-key":2},"timestamp":{"stop":30},"error":false}]}])");
  EXPECT_EQ(stanza.system_id, 22u);
  EXPECT_EQ(stanza.archive_id, "15-2");
  ASSERT_EQ(stanza.sets.size(), 2u) << "the other repository's are not ours";
  EXPECT_EQ(stanza.sets[0].label, "a");
  EXPECT_EQ(stanza.sets[0].system_id, 11u);
  EXPECT_EQ(stanza.sets[1].system_id, 22u);
}

TEST(PgBackRestInfo, TornAndHostileOutputIsAnErrorAndNeverAnEmptyList) {
  const std::string whole = recorded("info-damaged.json");
  for (std::size_t length = 0; length + 1 < whole.size(); length += 7) {
    EXPECT_FALSE(read_info(whole.substr(0, length), "it", 1)) << length;
  }
  for (const std::string text : {"", "[]", "{}", "null", "42", "ERROR: [055]: unable to open", "[[[[[["}) {
    EXPECT_FALSE(read_info(text, "it", 1)) << text;
  }
  EXPECT_FALSE(read_info(std::string(100'000, '['), "it", 1));
  const auto odd = read_info(
      R"([{"name":"it","repo":7,"db":{"id":[]},"archive":"x","backup":[1,{"label":7},{"label":"x","reference":"y",
          "timestamp":{"stop":-5},"lsn":{"start":"zz"},"info":{"size":-1}}]}])",
      "it", 1);
  ASSERT_TRUE(odd);
  ASSERT_EQ(odd->sets.size(), 1u);
  EXPECT_FALSE(odd->sets[0].complete);
}
