#include "tests/integration/backup_lab.hpp"

#include <array>
#include <cstdio>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

namespace outrider::lab {
namespace {

const std::vector<std::string>& as_postgres() {
  static const std::vector<std::string> words =
      ::geteuid() == 0 ? std::vector<std::string>{"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres",
                                                  "--init-groups", "--"}
                       : std::vector<std::string>{};
  return words;
}

class AsPostgres final : public os::Processes {
 public:
  core::Task<core::Outcome<std::unique_ptr<os::Process>>> start(os::Command command) override {
    command.argv.insert(command.argv.begin(), as_postgres().begin(), as_postgres().end());
    core::Task<core::Outcome<std::unique_ptr<os::Process>>> starting = real_->start(std::move(command));
    co_return co_await std::move(starting);
  }
  core::Task<void> reap_orphans() override { co_return; }
  std::uint64_t orphans_reaped() const override { return 0; }

 private:
  std::unique_ptr<os::Processes> real_ = os::make_processes();
};

std::string replaced(std::string word, const std::string& what, const std::string& with) {
  for (std::size_t at = word.find(what); at != std::string::npos; at = word.find(what, at + with.size()))
    word.replace(at, what.size(), with);
  return word;
}

}  // namespace

std::string quoted(const std::vector<std::string>& argv) {
  std::string command;
  for (const std::string& word : argv) command += "'" + replaced(word, "'", "'\\''") + "' ";
  return command;
}

Said run_argv(const std::vector<std::string>& argv) {
  std::vector<std::string> words = as_postgres();
  words.insert(words.end(), argv.begin(), argv.end());
  const std::string command = "cd / && " + quoted(words) + " 2>&1 < /dev/null";
  Said said;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return said;
  std::array<char, 4096> block{};
  while (const std::size_t got = ::fread(block.data(), 1, block.size(), pipe))
    said.text.append(block.data(), got);
  const int status = ::pclose(pipe);
  said.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return said;
}

Said run(const std::string& command) { return run_argv({"/bin/sh", "-c", command}); }

std::string must(const std::string& command) {
  Said said = run(command);
  EXPECT_EQ(said.code, 0) << command << "\n" << said.text;
  while (!said.text.empty() && said.text.back() == '\n') said.text.pop_back();
  return said.text;
}

Said fetch(const catalogs::FetchPlan& plan, const std::string& name, const std::string& to,
           const std::string& data) {
  std::vector<std::string> argv;
  for (const std::string& word : plan.argv)
    argv.push_back(replaced(replaced(replaced(word, "%f", name), "%p", to), "%d", data));
  return run_argv(argv);
}

std::string missing(const std::vector<std::string>& programs) {
  if (::geteuid() == 0 && run("true").code != 0) return "there is no user postgres to run servers as";
  for (const std::string& program : programs) {
    if (::access(program.c_str(), X_OK) != 0) return program + " is not installed";
  }
  return {};
}

std::unique_ptr<os::Processes> processes_as_postgres() { return std::make_unique<AsPostgres>(); }

Lab::Lab() {
  if (::geteuid() == 0) (void)::system(("chown postgres:postgres " + path()).c_str());
  std::filesystem::permissions(path(), std::filesystem::perms::owner_all);
  must("mkdir " + path() + "/sock");
}

Lab::~Lab() {
  while (!running_.empty()) {
    const std::string last = running_.back();
    stop(last);
  }
}

void Lab::stop(const std::string& data) {
  std::erase(running_, data);
  (void)run(binaries + ("pg_ctl -D " + data) + " -s -m immediate stop");
}

void Lab::start_cluster(const std::string& archive_command, const std::string& more) {
  const std::string data = *this / "data";
  must(binaries + ("initdb -D " + data) + " -U postgres -A trust --data-checksums -N");
  must("cat >> " + data + "/postgresql.conf <<'END'\nlisten_addresses=''\nunix_socket_directories='" +
       path() +
       "/sock'\nfsync=off\nshared_buffers=16MB\nwal_level=replica\narchive_mode=on\narchive_command='" +
       archive_command + "'\n" + more + "\nEND");
  running_.push_back(data);
  must(binaries + ("pg_ctl -D " + data) + " -s -w -l " + path() + "/server.log start");
}

std::string Lab::sql(const std::string& text) {
  return must("psql -X -q -A -t -v ON_ERROR_STOP=1 -h " + path() + "/sock -U postgres -c " + quoted({text}));
}

void Lab::switch_wal() {
  const std::string segment = sql("select pg_walfile_name(pg_switch_wal())");
  for (int turn = 0; turn < 200; ++turn) {
    if (sql("select last_archived_wal >= '" + segment + "' from pg_stat_archiver") == "t") return;
    ::usleep(50'000);
  }
  ADD_FAILURE() << segment << " was not archived: " << must("tail -3 " + path() + "/server.log");
}

void Lab::restore(const catalogs::Catalog& catalog, const catalogs::BackupSet& set, const std::string& data,
                  bool reuse) {
  const auto steps = catalog.restore(set, data, reuse);
  ASSERT_TRUE(steps) << steps.error().what;
  for (const catalogs::Step& step : *steps) {
    const Said said = run_argv(step.argv);
    ASSERT_EQ(said.code, 0) << step.what << ": " << quoted(step.argv) << "\n" << said.text;
  }
}

std::string Lab::recover_and_ask(const std::string& data, const catalogs::FetchPlan& plan,
                                 const std::string& text) {
  std::vector<std::string> argv;
  for (const std::string& word : plan.argv) argv.push_back(replaced(word, "%d", data));
  const std::string script = data + "-fetch.sh";
  // Only what the plan calls absent may end recovery; all other trouble must stop it.
  const std::string command = replaced(replaced(quoted(argv), "'%f'", "\"$1\""), "'%p'", "\"$2\"");
  std::string absent;
  for (const int code : plan.absent_codes) absent += (absent.empty() ? "" : "|") + std::to_string(code);
  must("cat > " + script + " <<'END'\n" + command + "\nrc=$?\ncase $rc in 0) exit 0 ;; " + absent +
       ") exit 1 ;; *) exit 130 ;; esac\nEND");
  must("mkdir -p " + data + "-sock && touch " + data + "/recovery.signal && cat >> " + data +
       "/postgresql.auto.conf <<'END'\narchive_mode='off'\nrestore_command='sh " + script +
       " %f %p'\nprimary_conninfo=''\nrecovery_target_timeline='latest'\nEND");
  running_.push_back(data);
  const Said started = run(binaries + ("pg_ctl -D " + data) + " -s -w -t 60 -l " + data + ".log -o \"-k " +
                           data + "-sock -c fsync=off\" start");
  if (started.code != 0) return {};
  const std::string psql = "psql -X -q -A -t -h " + data + "-sock -U postgres -c ";
  for (int turn = 0; turn < 600 && run(psql + "'select pg_is_in_recovery()'").text != "f\n"; ++turn)
    ::usleep(100'000);
  return must(psql + quoted({text}));
}

}  // namespace outrider::lab
