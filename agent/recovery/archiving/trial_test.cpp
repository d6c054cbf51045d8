// What is tried by hand, on a data directory that is only as real as it must be, with real processes.
#include "agent/recovery/archiving/trial.hpp"

#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/scratch.hpp"
#include "agent/recovery/evidence/testing.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using namespace outrider::recovery::testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* five = "000000010000000000000005";
constexpr const char* rests = "kill -STOP $$";  // an archiver with nothing to do: it has no children

void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

// A data directory whose postmaster is this very process.
struct Site {
  os::Scratch scratch;
  Evidence evidence = healthy(0s, wal::Lsn{0x5000200});
  std::string data = scratch / "data";

  Site() {
    fs::create_directories(data + "/global");
    fs::create_directories(data + "/pg_wal");
    std::uint64_t id = *evidence.system_id;
    write(data + "/global/pg_control", std::string_view(reinterpret_cast<const char*>(&id), sizeof id));
    (*evidence.settings)["data_directory"].value = data;
    evidence.server_started = noon;
    started(noon);
    write(data + "/pg_wal/" + five, "what is to be archived");
  }
  void started(core::WallTime when) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
    write(data + "/postmaster.pid",
          std::to_string(::getpid()) + "\n" + data + "\n" + std::to_string(seconds) + "\n5432\n");
  }
  std::string refusal() const {
    const auto found = find_server(evidence);
    return found ? "found" : found.error().what;
  }
};

// A child of ours that is titled as an archiver is.
struct Archiver {
  explicit Archiver(const std::string& does) {
    pid = ::fork();
    if (pid == 0) {
      ::execl("/bin/sh", "postgres: archiver", "-c", does.c_str(), nullptr);
      ::_exit(1);
    }
  }
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;
  ~Archiver() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  pid_t pid = 0;
};

}  // namespace

TEST(ServerHere, IsTheOneThatIsWatchedAndOurs) {
  const Site site;
  const auto found = find_server(site.evidence);
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->postmaster, ::getpid());
  EXPECT_EQ(found->owner, ::geteuid());
}

TEST(ServerHere, IsNotAnotherOneThatHasTheSamePath) {
  Site other, standby, restarted, elsewhere, unseen;
  other.evidence.system_id = ours + 1;
  EXPECT_THAT(other.refusal(), HasSubstr("not the database that is watched"));
  write(standby.data + "/standby.signal", "");
  EXPECT_THAT(standby.refusal(), HasSubstr("a standby's"));
  restarted.started(noon - 1h);
  EXPECT_THAT(restarted.refusal(), HasSubstr("not the one that is watched"));
  (*elsewhere.evidence.settings)["data_directory"].value = "/no/such/folder";
  EXPECT_THAT(elsewhere.refusal(), HasSubstr("cannot be seen from here"));
  unseen.evidence.settings->erase("data_directory");
  EXPECT_THAT(unseen.refusal(), HasSubstr("cannot be seen"));
}

TEST(FailingArchive, IsExplainedWithTheWordsToType) {
  FailingArchive failing;
  failing.segment = five;
  failing.command = "test ! -f /a/%f && cp %p /a/%f # token=abc";
  failing.read = read_archive_command(failing.command);
  failing.log_words = "cp: No space left on device";
  EXPECT_FALSE(failing.can_be_run());
  const std::string text = failing.explanation();
  EXPECT_THAT(text, HasSubstr("test ! -f /a/000000010000000000000005 && cp pg_wal/000000010000000000000005"));
  EXPECT_THAT(text, HasSubstr("token=***"));
  EXPECT_THAT(text, HasSubstr("would fail for ever"));
  EXPECT_THAT(text, HasSubstr("the server's log says: cp: No space left on device"));
}

namespace {

// What is said of `pgbackrest`, played by a script, with the archiver that does this.
std::string tried(const Site& site, const std::string& script, const std::string& archiver_does) {
  write(site.scratch / "pgbackrest", "#!/bin/sh\n" + script + "\n");
  ::chmod((site.scratch / "pgbackrest").c_str(), 0755);
  FailingArchive failing;
  failing.segment = five;
  failing.command = site.scratch / "pgbackrest" + " archive-push %p";
  failing.read = read_archive_command(failing.command);
  auto server = find_server(site.evidence);
  EXPECT_TRUE(server);
  if (server) failing.server = *server;
  const Archiver archiver(archiver_does);
  std::optional<core::Outcome<std::string>> said;
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const auto clock = os::make_clock();
    const auto pool = async::make_thread_pool(1);
    const auto files = os::make_files();
    const auto processes = os::make_processes();
    // Until it has its title.
    for (int i = 0; i < 500 && !archiver_is_busy(*failing.server); ++i) co_await clock->sleep(10ms);
    const TrialTools tools{*clock, *pool, *files, *processes};
    said.emplace(co_await try_archiving(tools, failing));
  });
  return *said ? **said : "ERROR " + said->error().what;
}

}  // namespace

TEST(Trial, ShowsWhatTheCommandSaysAndTouchesACopyOnly) {
  const Site site;
  const std::string said =
      tried(site, "pwd; echo \"ERROR: [041]: $* password=x\" >&2; rm \"$3\"; exit 41", rests);
  EXPECT_THAT(said, HasSubstr("exited with code 41"));
  EXPECT_THAT(said, HasSubstr("ERROR: [041]: --no-archive-async archive-push /"));
  EXPECT_THAT(said, HasSubstr("password=***"));
  EXPECT_TRUE(fs::exists(site.data + "/pg_wal/" + five)) << "the segment itself is PostgreSQL's";
}

TEST(Trial, GivesTheCommandTheWholeSegmentUnderItsOwnNameAndAnEmptyQueue) {
  const Site site;
  const std::string said = tried(
      site, "cat \"$3\"; basename \"$3\"; ls \"$(dirname \"$3\")/archive_status\" | wc -l; exit 1", rests);
  EXPECT_THAT(said, HasSubstr("what is to be archived" + std::string(five) + " / 0"));
}

TEST(Trial, ASuccessIsToldAsThat) {
  const Site site;
  EXPECT_THAT(tried(site, "exit 0", rests), HasSubstr("what hindered it is over"));
}

TEST(Trial, NothingIsRunThatIsNoFileOfTheServers) {
  const Site site;
  fs::remove(site.data + "/pg_wal/" + five);
  fs::create_symlink("/etc/hostname", site.data + "/pg_wal/" + five);
  EXPECT_THAT(tried(site, "touch ran", rests), HasSubstr("cannot be tried by hand"));
  EXPECT_FALSE(fs::exists(site.data + "/ran"));
}

}  // namespace outrider::recovery
