// For tests: a primary that writes, an archive that may be ruined, and a ground on which a standby follows
// it. Everything can fail, hang or die; what was really replayed is known.
#pragma once

#include "agent/os/sim_clock.hpp"
#include "agent/recovery/chain/chain_kit.hpp"
#include "agent/recovery/exposure/exposure.hpp"
#include "agent/recovery/ground/ground.hpp"
#include "agent/recovery/standby/standby.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace outrider::recovery {

struct Window {  // of time since the beginning
  core::Duration from{}, to{};
  bool holds(core::Duration at) const { return at >= from && at < to; }
};

struct SimFollowSite {
  std::uint64_t first = 10, begun = 20;              // segments there are in the beginning: [first, begun)
  core::Duration writes = std::chrono::seconds(30);  // a segment
  core::Duration replays = std::chrono::milliseconds(400);  // one
  core::Duration writes_until = std::chrono::hours(10);     // then the primary is idle
  // Ruin: faults of the archive.
  std::optional<std::uint64_t> hole, broken;
  std::optional<core::Duration> hole_mended;  // when the segment is put back
  std::optional<core::Duration> newer_set;    // when another backup is taken
  // Trouble: says nothing of the archive.
  Window fetch_trouble, call_trouble, no_room;
  std::set<std::string> calls;                               // that fail in the window of call_trouble
  std::vector<std::pair<core::Duration, std::string>> ends;  // of the server, with its last words
  std::vector<Window> drills;
};

inline constexpr std::uint64_t sim_follow_segment = 1 << 20;

class SimArchive {
 public:
  SimArchive(os::SimClock& clock, SimFollowSite site);

  core::Duration passed() const { return clock_.now() - began_; }
  std::uint64_t next() const;  // the first segment that is not archived yet
  bool has(std::uint64_t number) const;
  StandbySurroundings around();
  std::string canary_hash(std::uint64_t id) const;

  os::SimClock& clock_;
  SimFollowSite site_;

 private:
  void list();

  core::Instant began_;
  core::Instant listed_{};
  std::optional<ListingKit> kit_;
  std::optional<ChainReport> chain_;
  std::vector<AcknowledgedCanary> canaries_;
};

// The ground over it. What must never be done is counted.
class SimFollowGround final : public Ground {
 public:
  explicit SimFollowGround(SimArchive& archive) : archive_(archive) {}

  core::Task<core::Outcome<>> prepare() override;
  core::Task<core::Outcome<Premises>> premises() override;
  std::string data_directory() const override { return "/standby/data"; }
  std::optional<Isolation> isolation() const override { return std::nullopt; }
  bool may_reuse() const override { return note_.has_value(); }
  core::Task<core::Outcome<>> keep_data(std::optional<std::string> note) override;
  std::string data_note() const override { return note_.value_or(""); }
  core::Task<core::Outcome<os::ToolResult>> run(catalogs::Step step, core::Duration limit) override;
  core::Task<core::Outcome<ControlData>> control_data() override;
  core::Task<core::Outcome<>> start_server(ServerPlan plan) override;
  core::Task<std::optional<std::string>> server_ended() override;
  core::Task<core::Outcome<std::unique_ptr<sql::Connection>>> connect(std::string, core::Duration) override;
  core::Task<Fetches> fetches() override;
  core::Task<core::Outcome<>> stop_server() override;
  core::Task<core::Outcome<os::ToolResult>> server_tool(std::vector<std::string>, core::Duration) override;
  core::Task<core::Outcome<>> tear_down(bool keep_data) override;
  std::vector<std::string> commands() const override { return {}; }

  // For its connection.
  core::Task<core::Outcome<sql::Rows>> answer(std::string statement);
  bool runs() const { return running_; }

  std::uint64_t reached = 0;  // the segment after the last one that was ever replayed on these data
  int servers_at_once = 0, most_servers = 0, torn_down = 0;
  bool has_data = false;
  bool promoted_or_streamed = false;

 private:
  core::Task<core::Outcome<>> go(std::string call);
  void replay();

  SimArchive& archive_;
  std::optional<std::string> note_;
  bool running_ = false, paused_ = false;
  std::string words_;
  std::uint64_t at_ = 0;  // the segment that it wants
  std::uint64_t consistent_at_ = 0;
  core::Instant replayed_until_{};
  std::size_t next_end_ = 0;
  Fetches fetches_;
};

}  // namespace outrider::recovery
