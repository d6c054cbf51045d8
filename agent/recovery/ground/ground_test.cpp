// The pure parts of the ground: the order for fetching, its log, the scratch server's files, pg_controldata.
#include "agent/recovery/ground/ground.hpp"

#include "agent/os/scratch.hpp"
#include "agent/recovery/ground/control_data.hpp"
#include "agent/recovery/ground/fetching.hpp"
#include "agent/recovery/ground/scratch/folder.hpp"
#include "agent/recovery/ground/server_files.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* five = "000000010000000000000005";
constexpr const char* six = "000000010000000000000006";
constexpr const char* six_on_two = "000000020000000000000006";

Fetches read(const std::string& lines) {
  Fetches fetches;
  read_fetch_lines(lines, fetches);
  return fetches;
}

std::string line(const char* name, int code) { return fetch_line(name, code, ""); }

ServerPlan plan() {
  ServerPlan made;
  made.control.max_connections = 250;
  return made;
}

void touch(const std::string& path) { std::ofstream(path) << "x"; }

}  // namespace

TEST(FetchOrder, ComesBackAsItWasWritten) {
  FetchOrder order;
  order.plan.argv = {"pgbackrest", "archive-get", "%f", "%p"};
  order.plan.environment = {"A=b \"c\""};
  order.plan.absent_codes = {1, 4};
  order.last = {{"00000001", five}};
  order.ahead = "/scratch/ahead";
  order.log = "/scratch/fetch.log";
  order.limit = 77s;
  const auto again = read_fetch_order(to_json(order));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->plan.argv, order.plan.argv);
  EXPECT_EQ(again->plan.environment, order.plan.environment);
  EXPECT_EQ(again->plan.absent_codes, order.plan.absent_codes);
  EXPECT_EQ(again->last, order.last);
  EXPECT_EQ(again->limit, order.limit);
  EXPECT_FALSE(again->follows);
  order.follows = true;
  order.most_bytes_per_second = 5'000'000'000;
  order.patience = 33s;
  const auto following = read_fetch_order(to_json(order));
  ASSERT_TRUE(following);
  EXPECT_TRUE(following->follows);
  EXPECT_EQ(following->most_bytes_per_second, order.most_bytes_per_second);
  EXPECT_EQ(following->patience, 33s);
  EXPECT_TRUE(was_there(*following, "00000001000000000000FFFF")) << "for who follows there is no cut";
  for (const char* torn : {"", "{", "[]", "{\"argv\": []}", "{\"argv\": 3}"})
    EXPECT_FALSE(read_fetch_order(torn)) << torn;
}

TEST(FetchOrder, KnowsWhatWasThereAtTheCut) {
  FetchOrder order;
  order.last = last_of_timelines({five, "00000002.history", six_on_two, "000000010000000000000004"});
  EXPECT_TRUE(was_there(order, five));
  EXPECT_FALSE(was_there(order, six)) << "it came later";
  EXPECT_TRUE(was_there(order, six_on_two));
  EXPECT_FALSE(was_there(order, "000000030000000000000006"));
  EXPECT_TRUE(was_there(order, "00000003.history")) << "those are always asked for";
}

TEST(FetchOrder, TakesWhatWasFetchedAheadFirst) {
  FetchOrder order;
  order.ahead = "/s/ahead";
  order.log = "/s/fetch.log";
  const std::string command = restore_command(order, "/bin/outrider", "/s/fetch.json");
  EXPECT_TRUE(command.starts_with("mv '/s/ahead/%f' '%p'"));
  EXPECT_NE(command.find("|| exec '/bin/outrider' fetch-wal --order '/s/fetch.json' --file '%f' --to '%p'"),
            std::string::npos);
}

TEST(FetchLog, CountsWhatWasServedAndHowOftenTheLast) {
  const Fetches fetches = read(line(five, 0) + line(six, 0) + line(six, 0));
  EXPECT_EQ(fetches.served, 3u);
  EXPECT_EQ(fetches.last_served, six);
  EXPECT_EQ(fetches.times_in_a_row, 2u);
  EXPECT_TRUE(fetches.absent.empty());
}

TEST(FetchLog, TheEndIsWhatIsAskedForInVainAgainAndAgain) {
  const Fetches fetches =
      read(line(five, 0) + line(six, 1) + line(five, 0) + line(six, 1) + line(five, 0) + line(six, 1));
  EXPECT_EQ(fetches.absent, six);
  EXPECT_EQ(fetches.absent_in_a_row, 3u) << "the one before it is read again each time";
}

TEST(FetchLog, TwoTimelinesAskedForInTurnAreStillTheEnd) {
  std::string lines = line(five, 0);
  for (int turn = 0; turn < 3; ++turn)
    lines += line(six_on_two, 1) + line(six, 1) + line("00000003.history", 1);
  const Fetches fetches = read(lines);
  EXPECT_EQ(fetches.absent, six_on_two) << "the newest timeline's is asked for first";
  EXPECT_EQ(fetches.absent_in_a_row, 3u);
}

TEST(FetchLog, ATimelineThatIsTriedBeforeTheRightOneIsNoEnd) {
  const Fetches fetches = read(line(six_on_two, 1) + line(six, 0));
  EXPECT_TRUE(fetches.absent.empty());
  EXPECT_EQ(fetches.absent_in_a_row, 0u);
}

TEST(FetchLog, ATroubleStaysWhateverComesAfter) {
  const Fetches fetches =
      read(fetch_line(five, 126, "exited with code 49:\nthe network is down") + line(five, 0));
  EXPECT_NE(fetches.trouble.find("network is down"), std::string::npos);
  EXPECT_NE(read(fetch_line("00000002.history", 126, "x")).trouble, "") << "of a history file, too";
  EXPECT_FALSE(fetches.troubled) << "but it is over";
  EXPECT_TRUE(read(line(five, 0) + fetch_line(six, 126, "x")).troubled);
}

TEST(FetchLog, CountsAllThatWasAskedForInVain) {
  const Fetches fetches = read(line(five, 1) + line(five, 0) + line(six, 1) + line(six, 1));
  EXPECT_EQ(fetches.in_vain, 3u) << "also what came later";
  EXPECT_EQ(fetches.absent_in_a_row, 2u);
}

TEST(FetchLog, IgnoresWhatIsNoAnswer) {
  const Fetches fetches = read("\nnonsense\n" + std::string(five) + " zero\n" + five + "\n");
  EXPECT_EQ(fetches.served, 0u);
  EXPECT_TRUE(fetches.trouble.empty());
}

TEST(ServerFiles, NothingMayLeaveAndNothingMayBegin) {
  const std::string text = server_settings(plan(), "get 'it'", "/s/s", "/s/hba");
  for (const char* setting :
       {"listen_addresses = ''\n", "archive_mode = off\n", "primary_conninfo = ''\n",
        "shared_preload_libraries = ''\n", "max_logical_replication_workers = 0\n", "autovacuum = off\n",
        "unix_socket_permissions = 0700\n", "max_connections = 250\n", "restore_command = 'get ''it'''\n",
        "recovery_target_timeline = 'latest'\n"}) {
    EXPECT_NE(text.find(setting), std::string::npos) << setting;
  }
  EXPECT_EQ(text.find("recovery_target_action"), std::string::npos) << "to the end";
}

TEST(ServerFiles, WhoFollowsSurvivesAPowerCutAndIsHeldUpByNobody) {
  ServerPlan following = plan();
  following.control.segment_bytes = 64 << 20;
  following.following = Following{2s, 0, 48 << 20};
  const std::string text = server_settings(following, "get", "/s/s", "/s/hba");
  for (const char* setting :
       {"listen_addresses = ''\n", "archive_mode = off\n", "primary_conninfo = ''\n", "autovacuum = off\n",
        "max_standby_archive_delay = '5s'\n", "wal_retrieve_retry_interval = '2000ms'\n",
        "max_wal_size = '512MB'\n", "min_wal_size = '128MB'\n", "shared_buffers = '49152kB'\n",
        "recovery_target_timeline = 'latest'\n"}) {
    EXPECT_NE(text.find(setting), std::string::npos) << setting;
  }
  EXPECT_EQ(text.find("fsync"), std::string::npos);
  EXPECT_NE(server_settings(plan(), "get", "/s/s", "/s/hba").find("fsync = off\n"), std::string::npos);
}

TEST(ServerFiles, ATargetPausesAndATimelineIsNamed) {
  ServerPlan to = plan();
  to.target.lsn = wal::Lsn{0x3000148};
  to.timeline = 3;
  const std::string text = server_settings(to, "get", "/s/s", "/s/hba");
  EXPECT_NE(text.find("recovery_target_lsn = '0/3000148'\n"), std::string::npos);
  EXPECT_NE(text.find("recovery_target_action = 'pause'\n"), std::string::npos);
  EXPECT_NE(text.find("recovery_target_timeline = '3'\n"), std::string::npos);
}

TEST(ServerFiles, ATimeIsWrittenAsTheServerReadsIt) {
  ServerPlan to = plan();
  to.target.time = core::WallTime(std::chrono::seconds(1'795'276'800));
  const std::string text = server_settings(to, "get", "/s/s", "/s/hba");
  EXPECT_NE(text.find("recovery_target_time = '2026-11-21 16:00:00.000+00'\n"), std::string::npos) << text;
}

TEST(ServerFiles, TheUsersOwnSettingsComeLast) {
  ServerPlan with = plan();
  with.settings = {{"shared_buffers", "1GB"}, {"x.y", "it's"}};
  const std::string text = server_settings(with, "get", "/s/s", "/s/hba");
  EXPECT_TRUE(text.ends_with("shared_buffers = '1GB'\nx.y = 'it''s'\n"));
}

TEST(ServerFiles, LastWordsAreThoseThatSayWhy) {
  EXPECT_EQ(last_words_of_log("LOG:  a\nFATAL:  why\nLOG:  database system is shut down\n"), "FATAL:  why");
  EXPECT_EQ(last_words_of_log("FATAL:  why\nFATAL:  the database system is starting up\n"), "FATAL:  why");
  EXPECT_EQ(
      last_words_of_log(
          "2026-11-21 16:42:48 GMT [7] LOG:  unrecognized configuration parameter \"x\" in file\n"
          "2026-11-21 16:42:48 GMT [7] FATAL:  configuration file \"y\" contains errors\n"),
      "FATAL:  configuration file \"y\" contains errors: 2026-11-21 16:42:48 GMT [7] LOG:  unrecognized "
      "configuration parameter \"x\" in file");
  EXPECT_EQ(last_words_of_log("PANIC:  worst\nFATAL:  why\n"), "PANIC:  worst");
  EXPECT_EQ(last_words_of_log("LOG:  startup process (PID 7) was terminated by signal 9: Killed\nLOG:  b\n"),
            "LOG:  startup process (PID 7) was terminated by signal 9: Killed");
  EXPECT_EQ(last_words_of_log("LOG:  a\n\nLOG:  b"), "LOG:  b");
  EXPECT_EQ(last_words_of_log(""), "");
}

TEST(ControlDataOutput, IsReadByItsNames) {
  const std::string text =
      "pg_control version number:            1300\nDatabase system identifier:           "
      "7000000000000000001\n"
      "Latest checkpoint's TimeLineID:       2\nLatest checkpoint's PrevTimeLineID:   1\n"
      "max_connections setting:              100\nmax_prepared_xacts setting:           5\n"
      "Bytes per WAL segment:                16777216\nData page checksum version:           1\n";
  const auto data = read_control_data(text);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->system_id, 7'000'000'000'000'000'001u);
  EXPECT_EQ(data->timeline, 2u);
  EXPECT_EQ(data->segment_bytes, 16u << 20);
  EXPECT_TRUE(data->checksums);
  EXPECT_EQ(data->max_connections, 100u);
  EXPECT_EQ(data->max_prepared_transactions, 5u);
  EXPECT_FALSE(read_control_data("pg_controldata: fatal\n"));
}

TEST(ScratchFolder, IsTakenWhenEmptyAndClearedButForItsMark) {
  const os::Scratch scratch;
  ScratchFolder folder(scratch / "drill", "");
  ASSERT_TRUE(folder.take(false));
  EXPECT_TRUE(fs::exists(folder.data()));
  touch(folder.data() + "/PG_VERSION");
  folder.mark_data_whole(true);
  ASSERT_TRUE(folder.clear(true));
  EXPECT_TRUE(folder.has_whole_data());
  ASSERT_TRUE(folder.take(true));
  EXPECT_TRUE(fs::exists(folder.data() + "/PG_VERSION")) << "kept for the next one";
  ASSERT_TRUE(folder.take(false));
  EXPECT_FALSE(fs::exists(folder.data() + "/PG_VERSION"));
  ASSERT_TRUE(folder.clear(false));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(ScratchFolder, IsNeverTakenFromSomebodyElse) {
  const os::Scratch scratch;
  touch(scratch / "thesis.txt");
  ScratchFolder folder(scratch.path(), "");
  const auto taken = folder.take(false);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, core::Errc::denied);
  EXPECT_TRUE(folder.clear(false));
  EXPECT_TRUE(fs::exists(scratch / "thesis.txt")) << "what was never taken is never cleared";
}

TEST(ScratchFolder, IsOnesAloneAsLongAsOneHasIt) {
  const os::Scratch scratch;
  {
    ScratchFolder one(scratch / "standby", "", ScratchUse::standby);
    ASSERT_TRUE(one.take(true));
    const auto other = ScratchFolder(scratch / "standby", "", ScratchUse::standby).take(true);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, core::Errc::busy);
    touch(one.data() + "/PG_VERSION");
    ScratchFolder third(scratch / "standby", "", ScratchUse::standby);
    EXPECT_FALSE(third.take(true));
    EXPECT_TRUE(third.clear(false));
    EXPECT_TRUE(fs::exists(one.data() + "/PG_VERSION")) << "and nothing is cleared by who was refused";
    ASSERT_TRUE(one.mark_data_whole_with("F"));
    EXPECT_TRUE(one.take(true)) << "again";
  }
  EXPECT_TRUE(ScratchFolder(scratch / "standby", "", ScratchUse::standby).take(true));
}

TEST(ScratchFolder, ADrillAndAStandbyNeverTakeEachOthers) {
  const os::Scratch scratch;
  ScratchFolder standby(scratch / "one", "", ScratchUse::standby);
  ASSERT_TRUE(standby.take(true));
  ASSERT_TRUE(standby.mark_data_whole_with("20261121-142614F"));
  touch(standby.data() + "/PG_VERSION");
  EXPECT_FALSE(ScratchFolder(scratch / "one", "").take(false));
  ASSERT_TRUE(standby.take(true));
  EXPECT_TRUE(standby.has_whole_data());
  EXPECT_EQ(standby.note(), "20261121-142614F");
  ASSERT_TRUE(ScratchFolder(scratch / "two", "").take(false));
  const auto taken = ScratchFolder(scratch / "two", "", ScratchUse::standby).take(true);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().hint.find("recovery.proof_standby.directory"), std::string::npos);
}

TEST(ScratchFolder, IsNotTakenWhereASocketOrACommandWouldBreak) {
  for (const std::string& path :
       {"/tmp/" + std::string(90, 'x'), std::string("/tmp/it's"), std::string("/tmp/100%")}) {
    EXPECT_FALSE(ScratchFolder(path, "").take(false)) << path;
    EXPECT_FALSE(fs::exists(path));
  }
}

TEST(ScratchFolder, DataThatWereNotFinishedAreNotMadeUseOf) {
  const os::Scratch scratch;
  ScratchFolder folder(scratch / "drill", "");
  ASSERT_TRUE(folder.take(false));
  touch(folder.data() + "/PG_VERSION");
  ASSERT_TRUE(folder.take(true));
  EXPECT_FALSE(fs::exists(folder.data() + "/PG_VERSION"));
}

}  // namespace outrider::recovery
