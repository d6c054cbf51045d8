// A throw-away PostgreSQL in a temporary folder, on a Unix socket only, and programs run as its user. As root
// everything goes through setpriv to the user `postgres`, since neither server nor tools like root.
#pragma once

#include "agent/async/river.hpp"
#include "agent/catalogs/shelf.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/os/process.hpp"
#include "agent/os/scratch.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace outrider::lab {

struct Said {
  int code = -1;
  std::string text;  // both outputs
};

// A shell command, as the server's user.
Said run(const std::string& command);
// The same; a failure of the test when it does not end with 0.
std::string must(const std::string& command);
// With %f, %p and %d filled in.
Said fetch(const catalogs::FetchPlan& plan, const std::string& name, const std::string& to,
           const std::string& data);
Said run_argv(const std::vector<std::string>& argv);
std::string quoted(const std::vector<std::string>& argv);

// Why tests cannot run here, or empty.
std::string missing(const std::vector<std::string>& programs);

// Starts what it is told as the server's user.
std::unique_ptr<os::Processes> processes_as_postgres();

class Lab {
 public:
  Lab();
  ~Lab();  // stops the servers it started

  const std::string& path() const { return scratch_.path(); }
  std::string operator/(const std::string& name) const { return scratch_ / name; }

  // A cluster in data/, archiving as told; `more` are lines of its configuration.
  void start_cluster(const std::string& archive_command, const std::string& more = {});
  std::string sql(const std::string& text);  // asked of the cluster
  // Waits until that many segments are archived; a segment more is switched to.
  void switch_wal();

  // Starts a restored copy, its recovery fed by the plan alone, to the end of the archive, promoted; and asks
  // it.
  // "" when it does not come up.
  std::string recover_and_ask(const std::string& data, const catalogs::FetchPlan& plan,
                              const std::string& text);
  void stop(const std::string& data);

  catalogs::Tools tools() { return {*clock_, *pool_, *files_, *processes_}; }

  template <class T>
  core::Outcome<T> wait(std::function<core::Task<core::Outcome<T>>()> work) {
    std::optional<core::Outcome<T>> result;
    async::run_here([&](async::Executor) -> core::Task<void> {
      core::Task<core::Outcome<T>> doing = work();
      result.emplace(co_await std::move(doing));
    });
    return std::move(*result);
  }

  core::Outcome<catalogs::Listing> list(catalogs::Catalog& catalog) {
    return wait<catalogs::Listing>([&] { return catalog.list(std::chrono::seconds(60)); });
  }
  core::Outcome<std::string> read_wal(catalogs::Catalog& catalog, const catalogs::ArchivedFile& file) {
    return wait<std::string>([&] { return catalog.read_wal(file, 64 << 20, std::chrono::seconds(60)); });
  }
  // Every step, each to end with 0.
  void restore(const catalogs::Catalog& catalog, const catalogs::BackupSet& set, const std::string& data,
               bool reuse);

 private:
  os::Scratch scratch_;
  std::vector<std::string> running_;
  std::unique_ptr<core::Clock> clock_ = os::make_clock();
  std::unique_ptr<async::Pool> pool_ = async::make_thread_pool(1);
  std::unique_ptr<os::Files> files_ = os::make_files();
  std::unique_ptr<os::Processes> processes_ = processes_as_postgres();
};

inline constexpr const char* binaries = "/usr/lib/postgresql/15/bin/";

}  // namespace outrider::lab
