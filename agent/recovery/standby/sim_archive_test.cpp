// The simulated archive and ground themselves; what is tested with them is in standby_test.cpp.
#include "agent/recovery/standby/sim_archive.hpp"

#include "agent/recovery/ground/sim_ground.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Errc;
using core::Outcome;
using core::Task;

constexpr core::Duration asks_every = 5s, lists_every = 30s;

std::string name(std::uint64_t number) { return wal::segment_name({1, number}, sim_follow_segment); }

class SimFollowConnection final : public sql::Connection {
 public:
  explicit SimFollowConnection(SimFollowGround& ground) : ground_(ground) {}
  Task<Outcome<sql::Rows>> query(std::string statement, std::vector<sql::Value>, core::Duration) override {
    co_return co_await ground_.answer(std::move(statement));
  }
  bool open() const override { return ground_.runs(); }
  std::string sqlstate() const override { return {}; }

 private:
  SimFollowGround& ground_;
};

}  // namespace

SimArchive::SimArchive(os::SimClock& clock, SimFollowSite site)
    : clock_(clock), site_(std::move(site)), began_(clock.now()) {}

std::uint64_t SimArchive::next() const {
  const core::Duration wrote = std::min(passed(), site_.writes_until);
  return site_.begun + static_cast<std::uint64_t>(wrote / site_.writes);
}

bool SimArchive::has(std::uint64_t number) const {
  if (number < site_.first || number >= next()) return false;
  const bool mended = site_.hole_mended && passed() >= *site_.hole_mended;
  return number != site_.hole || mended;
}

// Canary n is committed in segment n, and acknowledged when that one is archived.
std::string SimArchive::canary_hash(std::uint64_t id) const {
  return fmt::format("{:016x}cafe", id * 7919 + 1);
}

void SimArchive::list() {
  listed_ = clock_.now();
  kit_.emplace();
  kit_->segment_bytes = sim_follow_segment;
  kit_->start = clock_.wall() - 1h;
  kit_->listing.system_id = sim_system;
  for (std::uint64_t number = site_.first; number < next(); ++number)
    if (has(number)) kit_->segment(number);
  kit_->set("first", site_.first, site_.first + 1).database_bytes = 1 << 20;
  if (site_.newer_set && passed() >= *site_.newer_set) {
    const std::uint64_t at = site_.begun + static_cast<std::uint64_t>(*site_.newer_set / site_.writes);
    if (at + 1 < next()) kit_->set("second", at, at + 1).database_bytes = 1 << 20;
  }
  chain_ = kit_->walk();
  while (canaries_.size() + site_.first < next()) {
    const std::uint64_t id = site_.first + canaries_.size();
    canaries_.push_back(
        {id, clock_.wall(), wal::Lsn{id * sim_follow_segment + 100}, mark_of_hash(canary_hash(id))});
  }
}

StandbySurroundings SimArchive::around() {
  if (!chain_ || clock_.now() - listed_ >= lists_every) list();
  StandbySurroundings around;
  around.listing = &kit_->listing;
  around.chain = &*chain_;
  around.canaries = &canaries_;
  around.system_id = sim_system;
  around.drilling = std::any_of(site_.drills.begin(), site_.drills.end(),
                                [this](const Window& drill) { return drill.holds(passed()); });
  return around;
}

Task<Outcome<>> SimFollowGround::go(std::string call) {
  co_await archive_.clock_.sleep(20ms);
  replay();
  const SimFollowSite& site = archive_.site_;
  if (site.calls.contains(call) && site.call_trouble.holds(archive_.passed()))
    co_return core::fail(Errc::unavailable, call + " failed");
  co_return Outcome<>();
}

// What the server did since it was last looked at.
void SimFollowGround::replay() {
  const SimFollowSite& site = archive_.site_;
  const core::Instant now = archive_.clock_.now();
  if (running_ && next_end_ < site.ends.size() && archive_.passed() >= site.ends[next_end_].first) {
    words_ = site.ends[next_end_++].second;
    running_ = false;
    --servers_at_once;
  }
  if (!running_ || paused_) {
    replayed_until_ = now;
    return;
  }
  while (replayed_until_ < now) {
    const bool troubled = site.fetch_trouble.holds(archive_.passed());
    fetches_.troubled = troubled;
    if (troubled) {
      fetches_.trouble = name(at_) + " could not be fetched: exited with code 49";
      replayed_until_ += asks_every;
    } else if (!archive_.has(at_)) {
      ++fetches_.in_vain;
      fetches_.absent = name(at_);
      ++fetches_.absent_in_a_row;
      fetches_.times_in_a_row = 0;
      replayed_until_ += asks_every;
    } else {
      fetches_.absent.clear();
      fetches_.absent_in_a_row = 0;
      ++fetches_.served;
      fetches_.times_in_a_row = fetches_.last_served == name(at_) ? fetches_.times_in_a_row + 1 : 1;
      fetches_.last_served = name(at_);
      replayed_until_ += site.replays;
      if (at_ == site.broken) continue;
      ++at_;
      reached = std::max(reached, at_);
    }
  }
}

Task<Outcome<>> SimFollowGround::prepare() {
  auto gone = co_await go("prepare");
  co_return gone;
}

Task<Outcome<Premises>> SimFollowGround::premises() {
  auto gone = co_await go("premises");
  if (!gone) co_return core::fail(gone.error());
  co_return Premises{archive_.site_.no_room.holds(archive_.passed()) ? 0 : 1ULL << 40, 0.5};
}

Task<Outcome<>> SimFollowGround::keep_data(std::optional<std::string> note) {
  auto gone = co_await go("keep_data");
  if (gone) note_ = std::move(note);
  co_return gone;
}

Task<Outcome<os::ToolResult>> SimFollowGround::run(catalogs::Step step, core::Duration) {
  has_data = false;
  co_await archive_.clock_.sleep(5s);
  auto gone = co_await go("run");
  if (!gone) co_return core::fail(gone.error());
  has_data = true;
  at_ = std::stoull(step.argv.back());
  reached = at_;
  consistent_at_ = at_ + 2;
  os::ToolResult result;
  result.exit.exited = true;
  co_return result;
}

Task<Outcome<ControlData>> SimFollowGround::control_data() {
  auto gone = co_await go("control_data");
  if (!gone) co_return core::fail(gone.error());
  if (!has_data) co_return core::fail(Errc::corrupt, "there is no control file");
  ControlData data;
  data.system_id = sim_system;
  data.timeline = 1;
  co_return data;
}

Task<Outcome<>> SimFollowGround::start_server(ServerPlan plan) {
  auto gone = co_await go("start_server");
  if (!gone) co_return gone;
  promoted_or_streamed = promoted_or_streamed || !plan.following || !plan.target.is_end();
  running_ = true;
  paused_ = false;
  most_servers = std::max(most_servers, ++servers_at_once);
  fetches_ = {};
  words_.clear();
  replayed_until_ = archive_.clock_.now();
  co_return Outcome<>();
}

Task<std::optional<std::string>> SimFollowGround::server_ended() {
  co_await archive_.clock_.sleep(1ms);
  replay();
  if (running_) co_return std::nullopt;
  co_return words_.empty() ? "it is not running" : words_;
}

Task<Outcome<std::unique_ptr<sql::Connection>>> SimFollowGround::connect(std::string, core::Duration) {
  auto gone = co_await go("connect");
  if (!gone) co_return core::fail(gone.error());
  if (!running_) co_return core::fail(Errc::unavailable, "connection refused");
  if (at_ < consistent_at_)
    co_return core::fail(Errc::unavailable, "FATAL:  the database system is starting up");
  co_return std::make_unique<SimFollowConnection>(*this);
}

Task<Outcome<sql::Rows>> SimFollowGround::answer(std::string statement) {
  auto gone = co_await go("ask");
  if (!gone) co_return core::fail(gone.error());
  if (!running_) co_return core::fail(Errc::unavailable, "the server closed the connection");
  sql::Rows rows;
  const auto has = [&](std::string_view what) { return statement.find(what) != std::string::npos; };
  promoted_or_streamed = promoted_or_streamed || has("promote");
  if (has("pg_wal_replay_pause()")) paused_ = true;
  if (has("pg_wal_replay_resume()")) paused_ = false;
  if (has("pg_last_wal_replay_lsn")) {
    rows.columns = {"lsn", "paused", "committed"};
    rows.rows.push_back({wal::Lsn{at_ * sim_follow_segment}.text(), paused_ ? "t" : "f", "1700000000"});
  } else if (has("outrider.canary")) {
    rows.columns = {"id", "hash"};
    for (std::uint64_t id = at_ - 1; id >= archive_.site_.first && rows.rows.size() < 20; --id)
      rows.rows.push_back({std::to_string(id), archive_.canary_hash(id)});
  }
  co_return rows;
}

Task<Fetches> SimFollowGround::fetches() {
  co_await archive_.clock_.sleep(1ms);
  replay();
  co_return fetches_;
}

Task<Outcome<>> SimFollowGround::stop_server() {
  auto gone = co_await go("stop_server");
  if (running_) --servers_at_once;
  running_ = false;
  co_return gone;
}

Task<Outcome<os::ToolResult>> SimFollowGround::server_tool(std::vector<std::string>, core::Duration) {
  co_return core::fail(Errc::unsupported, "nobody asks for it");
}

Task<Outcome<>> SimFollowGround::tear_down(bool keep_data) {
  ++torn_down;
  if (running_) --servers_at_once;
  running_ = false;
  if (!keep_data) {
    has_data = false;
    note_.reset();
  }
  auto gone = co_await go("tear_down");
  co_return gone;
}

}  // namespace outrider::recovery
