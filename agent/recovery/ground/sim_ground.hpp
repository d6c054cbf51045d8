// For tests: a ground on which nothing is real, and on which everything can fail, hang or die.
#pragma once

#include "agent/os/sim_clock.hpp"
#include "agent/recovery/ground/ground.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace outrider::recovery {

// What is true of the backup. Whatever is set here is a fault of it, and nothing else is.
struct SimRuin {
  bool restore_says_corrupt = false;
  bool no_control_file = false;
  bool other_cluster = false;
  std::optional<std::uint64_t> hole;    // a segment that is not in the archive
  std::optional<std::uint64_t> broken;  // one that replay does not get past
  bool canary_altered = false, canary_short = false;
  bool relation_short = false, rows_differ = false, zero_pages = false, index_wrong = false,
       checksum_wrong = false, file_differs = false;
  bool statement_false = false;
  bool content_stale = false;  // with as many rows, and an index that agrees

  bool any() const;
};

enum class SimFault { none, fails, hangs };

// What goes wrong around it, and says nothing of it.
struct SimTrouble {
  std::map<std::string, SimFault> calls;                 // by the name of the call
  std::optional<core::Duration> server_dies;             // so long after its start
  std::string last_words;                                // "killed by signal 9 (SIGKILL)"
  std::optional<std::uint64_t> flaky;                    // fetching this segment is answered with 126
  std::optional<std::pair<std::string, int>> tool_code;  // a tool that ends so, with nothing found
  std::set<std::string> silent;                          // witnesses that cannot be asked
  bool sorts_otherwise = false;                          // the machine: another version of the collation
  std::string shares_network;                            // why it cannot be cut off
  std::optional<std::uint64_t> same_name;                // of a restore point, at the end of this segment
};

struct SimSite {
  std::uint64_t first = 10, last = 20;  // segments of the archive; the server needs up to first + 1
  SimRuin ruin;
  SimTrouble trouble;
  core::Duration step = std::chrono::milliseconds(300);  // for each call, and for each segment
};

class SimGround final : public Ground {
 public:
  SimGround(os::SimClock& clock, SimSite site) : clock_(clock), site_(std::move(site)) {}

  core::Task<core::Outcome<>> prepare() override;
  std::optional<Isolation> isolation() const override {
    return Isolation{site_.trouble.shares_network.empty(), site_.trouble.shares_network};
  }
  core::Task<core::Outcome<Premises>> premises() override;
  std::string data_directory() const override { return "/scratch/data"; }
  bool may_reuse() const override { return false; }
  core::Task<core::Outcome<>> keep_data(std::optional<std::string> note) override;
  std::string data_note() const override { return {}; }
  core::Task<core::Outcome<os::ToolResult>> run(catalogs::Step step, core::Duration limit) override;
  core::Task<core::Outcome<ControlData>> control_data() override;
  core::Task<core::Outcome<>> start_server(ServerPlan plan) override;
  core::Task<std::optional<std::string>> server_ended() override;
  core::Task<core::Outcome<std::unique_ptr<sql::Connection>>> connect(std::string database,
                                                                      core::Duration limit) override;
  core::Task<Fetches> fetches() override;
  core::Task<core::Outcome<>> stop_server() override;
  core::Task<core::Outcome<os::ToolResult>> server_tool(std::vector<std::string> arguments,
                                                        core::Duration limit) override;
  core::Task<core::Outcome<>> tear_down(bool keep_data) override;
  std::vector<std::string> commands() const override { return {}; }

  // For the connection.
  core::Task<core::Outcome<sql::Rows>> answer(std::string statement, core::Duration limit);
  bool alive() const;
  // While the server does not run: the first page of its table turns to zeroes.
  void zero_page() { site_.ruin.zero_pages = true; }

  int teardowns = 0;
  bool kept = false;
  int calls_after_teardown = 0;
  bool trouble_told = false;  // a 126 was in an answer

 private:
  core::Task<core::Outcome<>> go(std::string call, core::Duration limit);
  std::uint64_t asking_for() const;  // the segment that replay wants now
  wal::Lsn reached() const;
  sql::Rows replay_row() const;

  os::SimClock& clock_;
  SimSite site_;
  std::optional<core::Instant> started_;
  std::optional<std::uint64_t> target_;  // the segment at whose end replay is to pause
  bool stopped_ = false;
  std::uint32_t absent_times_ = 0;
  bool counts_by_index_ = false;
};

inline constexpr std::uint64_t sim_segment_bytes = 1 << 20;
inline constexpr std::uint64_t sim_canaries = 9;
inline constexpr std::uint64_t sim_system = 7'000'000'000'000'000'001;

}  // namespace outrider::recovery
