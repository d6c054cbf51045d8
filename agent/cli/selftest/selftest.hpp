// Whether nothing is lost and nothing comes twice on this disk: an agent follows log files that rotate, is
// killed with -9 again and again, and at the end each line is looked for in what it wrote.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/cli/selftest/disk.hpp"
#include "agent/cli/selftest/lines.hpp"
#include "agent/cli/selftest/writer.hpp"
#include "agent/core/random.hpp"
#include "agent/os/process.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace outrider::cli {

struct SelftestPlan {
  std::string directory;  // all of it is ours; its parent is there
  std::string program;    // the agent
  core::Duration time = std::chrono::seconds(30);
  std::uint64_t seed = 1;
};

// What it takes of the disk at most.
std::uint64_t most_bytes_of(const SelftestPlan& plan);

struct SelftestTools {
  os::Files& files;
  os::WatchedFiles& watched;
  os::Processes& processes;
  core::Clock& clock;
  core::Random& random;
};

struct SelftestFindings {
  DiskFacts disk;
  Tally::Verdict lines;
  std::uint64_t written = 0, rotations = 0, deleted = 0, kills = 0;
  std::deque<std::string> said;  // by the agent: its last warnings and errors

  bool as_promised() const { return lines.lost.empty() && lines.twice.empty() && lines.spoilt == 0; }
};

class Selftest {
 public:
  Selftest(SelftestTools tools, SelftestPlan plan);

  // An error when it could not be carried out.
  core::Task<core::Outcome<SelftestFindings>> live(async::Executor river);

 private:
  core::Outcome<> prepare();
  core::Task<core::Outcome<>> story();
  core::Task<core::Outcome<>> carry_on();
  core::Task<core::Outcome<>> wait_for_all();
  core::Task<core::Outcome<>> start_agent();
  core::Task<core::Outcome<>> kill_agent();
  core::Task<core::Outcome<>> stop_agent();
  core::Task<core::Outcome<>> expect_alive(core::Duration limit);
  core::Outcome<> turn(core::Instant now);
  core::Duration between(core::Duration least, core::Duration most);
  core::Outcome<Tally> look() const;

  std::string operator/(std::string_view name) const { return plan_.directory + "/" + std::string(name); }

  SelftestTools tools_;
  SelftestPlan plan_;
  Writer writer_;
  SelftestFindings findings_;
  core::Instant began_{}, next_rotation_{}, next_kill_{}, next_look_{};
  async::Nursery* nursery_ = nullptr;
  std::unique_ptr<os::Process> agent_;
};

}  // namespace outrider::cli
