#include "agent/recovery/watch/watch.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/drill/report.hpp"
#include "agent/recovery/exposure/paths.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Task;

constexpr std::uint64_t most_drill_bytes = 64ULL << 20;
constexpr core::Duration day = 24h;
constexpr core::Duration remedy_every = 10s;
constexpr core::Duration look_for_drills = 1min;
constexpr core::Duration shortest_rest = 10s;  // between two listings
constexpr int listing_share = 20;              // they may take up to one part in so many of the time

VerifierTools verifier_tools(const WatchTools& tools) { return {tools.clock, tools.pool, tools.files}; }

// By this an entry of the audit journal names the one line of drills.jsonl that it speaks of.
std::string bound_to(const DrillRecord& record, std::string_view line) {
  return fmt::format("drill {}, record SHA-256 {}", record.id, seal::sha256(line));
}

ServerTools server_tools(const WatchTools& tools) {
  return {tools.clock, tools.pool, tools.files, tools.driver, tools.events, tools.log};
}

}  // namespace

GroundSettings ground_settings(const DrillSettings& drill, bool reuse) {
  GroundSettings ground;
  ground.scratch = drill.scratch;
  ground.user = drill.user;
  ground.role = drill.role;
  ground.binaries = drill.binaries;
  ground.reuse = reuse;
  ground.lanes = static_cast<unsigned>(drill.lanes);
  ground.niceness = static_cast<int>(drill.niceness);
  ground.cgroup = drill.cgroup;
  ground.most_bytes_per_second = drill.most_bytes_per_second;
  ground.network = drill.network;
  return ground;
}

Watch::Watch(WatchTools tools, Settings settings, WatchOptions options)
    : tools_(std::move(tools)),
      settings_(std::move(settings)),
      options_(std::move(options)),
      server_(server_tools(tools_), settings_, options_.folder, options_.node),
      looked_(tools_.river),
      listed_bell_(tools_.river),
      alarms_wanted_(tools_.river) {
  const catalogs::Tools catalog_tools{tools_.clock, tools_.pool, tools_.files, tools_.processes};
  for (std::size_t i = 0; i < settings_.catalogs.size(); ++i) {
    const std::string memory = fmt::format("{}/verified-{}", options_.folder, i);
    catalogs_.push_back(std::make_unique<CatalogWatch>(verifier_tools(tools_), tools_.log,
                                                       settings_.catalogs[i](catalog_tools), memory));
  }
  if (!settings_.postgres) return;
  SourceTools source{tools_.clock, tools_.driver, settings_.postgres->dsn, settings_.postgres->timeout};
  KeeperTools keeper{tools_.pool, tools_.files, options_.folder + "/hashes", std::move(source)};
  hashes_.emplace(std::move(keeper), settings_.drill.hashes);
}

Task<void> Watch::load() {
  auto job = [this]() -> core::Outcome<std::string> {
    auto made = tools_.files.make_directories(options_.folder);
    if (!made) return core::fail(made.error());
    const std::string path = options_.folder + "/minutes";
    if (!tools_.files.exists(path)) return std::string();
    return tools_.files.read_all(path, most_drill_bytes);
  };
  const auto minutes = co_await async::offload(tools_.pool, job);
  if (minutes && !minutes->empty()) {
    if (auto read = read_minutes(*minutes)) minutes_ = std::move(*read);
  }
  co_await server_.load();
  for (auto& catalog : catalogs_) co_await catalog->load();
  co_await read_drills();
  co_await load_alarms();
  loaded_ = true;
}

// Also drills that were run from the command line beside us.
Task<void> Watch::read_drills() {
  const std::string path = options_.folder + "/drills.jsonl";
  auto job = [&]() -> std::optional<std::string> {
    if (!tools_.files.exists(path)) return std::nullopt;
    const auto bytes = tools_.files.size_of(path);
    if (!bytes || *bytes == drills_read_bytes_) return std::nullopt;
    auto text = tools_.files.read_all(path, most_drill_bytes);
    return text ? std::optional(std::move(*text)) : std::nullopt;
  };
  const auto text = co_await async::offload(tools_.pool, job);
  if (!text) co_return;
  const std::size_t known = drills_.size();
  const std::uint64_t before = drills_read_bytes_;
  drills_read_bytes_ = text->size();
  drills_ = read_history_lines(*text).records;
  if (!loaded_) co_return;
  for (std::size_t i = known; i < drills_.size() && tools_.metrics != nullptr; ++i)
    tools_.metrics->drilled(drills_[i]);
  if (before >= text->size()) co_return;
  std::string fresh = text->substr(before);
  co_await write_in(std::move(fresh));
}

// What a drill beside us found is written into the audit journal, which that drill could not do by itself:
// from then on its record cannot be changed unseen.
Task<void> Watch::write_in(std::string lines) {
  for (auto end = lines.find('\n'); end != std::string::npos; end = lines.find('\n')) {
    const std::string line = lines.substr(0, end);
    lines.erase(0, end + 1);
    const auto record = read_json_line(line);
    if (!record || record->id == own_drill_) continue;
    core::Deed deed{"recovery", "take note of a drill", record->catalog,
                    fmt::format("{}, run beside the agent: {}", bound_to(*record, line), record->sentence)};
    const auto intent = co_await tools_.journal.intend(std::move(deed));
    if (intent) (void)co_await tools_.journal.conclude(*intent, true, "noted");
  }
}

Task<void> Watch::look_once() {
  co_await server_.look_at();
  co_await list();
}

Task<void> Watch::run() {
  co_await load();
  async::Nursery nursery(tools_.river);
  nursery.start(tend_server());
  nursery.start(tend_catalogs());
  nursery.start(tend_drills());
  nursery.start(tend_hashes());
  nursery.start(tend_minutes());
  nursery.start(tend_remedies());
  nursery.start(tend_alarms());
  make_standby();
  if (standby_) nursery.start(standby_->run());
  co_await nursery.join();
}

Task<void> Watch::tend_server() {
  if (!settings_.postgres) co_return;
  core::Instant look_at = tools_.clock.now(), sing_at = look_at;
  for (;;) {
    if (tools_.clock.now() >= sing_at) {
      co_await server_.sing_now();
      const bool silent = settings_.canary.every == core::Duration{};
      sing_at = tools_.clock.now() + (silent ? day : settings_.canary.every);
    }
    if (tools_.clock.now() >= look_at) {
      co_await server_.look_at();
      co_await read_drills();
      refresh();
      looked_.ring();
      look_at = tools_.clock.now() + server_.until_next_look();
    }
    const core::Instant next = std::min(look_at, sing_at);
    co_await tools_.clock.sleep_until(next);
  }
}

Task<void> Watch::tend_catalogs() {
  for (;;) {
    co_await list();
    for (core::Instant next = next_listing(); tools_.clock.now() < next; next = next_listing()) {
      auto looked = looked_.wait();
      (void)co_await async::finish_within(tools_.clock, next - tools_.clock.now(), std::move(looked));
    }
  }
}

Task<void> Watch::list() {
  const core::Instant began = tools_.clock.now();
  const ExposureView before = exposure_view();
  claim_listed_ = claimed_at(before, before.now - soonest_settled());
  for (auto& catalog : catalogs_) {
    const auto claimed = claimed_at(before, before.now - catalog->view().settles_within);
    const Evidence* const evidence = server_.evidence() ? &*server_.evidence() : nullptr;
    co_await catalog->turn(evidence, claimed);
  }
  listed_ = tools_.clock.now();
  listing_took_ = listed_ - began;
  refresh();
  listed_bell_.ring();
  tools_.settled();
}

core::Duration Watch::soonest_settled() const {
  core::Duration soonest = core::Duration::max();
  for (const auto& catalog : catalogs_) soonest = std::min(soonest, catalog->catalog().settles_within());
  return catalogs_.empty() ? core::Duration{} : soonest;
}

// As configured; but what the archiver claims to have stored is looked for as soon as it must be there, so
// that a lie is known within an archive_timeout.
core::Instant Watch::next_listing() const {
  const core::Instant usual = listed_ + settings_.list_every;
  const auto& evidence = server_.evidence();
  const auto archived = evidence ? evidence->last_archived() : std::nullopt;
  if (!archived) return usual;
  const auto timeout = duration_setting(*evidence, "archive_timeout");
  if (!timeout || *timeout == core::Duration{}) return usual;
  const ExposureView view = exposure_view();
  const auto claimed = claimed_at(view, view.now);
  if (!claimed || (claim_listed_ && *claimed <= *claim_listed_)) return usual;
  const core::Duration rest = std::max({shortest_rest, *timeout / 2, listing_share * listing_took_});
  const core::Duration age = view.now - *archived;
  const core::Instant due = tools_.clock.now() + std::max(core::Duration{}, soonest_settled() - age);
  return std::min(usual, std::max(listed_ + rest, due));
}

// By itself: a backup takes its time, and nobody waits for it.
Task<void> Watch::tend_remedies() {
  if (!settings_.postgres) co_return;
  for (;;) {
    co_await tools_.clock.sleep(remedy_every);
    if (snapshot_.taken != core::WallTime{}) co_await remedy();
  }
}

Task<void> Watch::tend_minutes() {
  for (;;) {
    co_await tools_.clock.sleep(1min);
    co_await read_drills();
    count_minute(minutes_, kind_of_minute(snapshot_.exposure, settings_.objectives), settings_.objectives,
                 tools_.clock.wall());
    auto job = [this] { return tools_.files.replace(options_.folder + "/minutes", write_minutes(minutes_)); };
    const auto kept = co_await async::offload(tools_.pool, job);
    if (!kept) tools_.log.warn("recovery", "Cannot keep the count of minutes", {{"why", kept.error().what}});
  }
}

core::Duration Watch::until_next_drill() const {
  const core::Duration since_midnight = tools_.clock.wall().time_since_epoch() % day;
  const core::Duration ahead = (*settings_.drill.at - since_midnight + day) % day;
  return ahead == core::Duration{} ? day : ahead;
}

Task<void> Watch::tend_drills() {
  const AfterBackup after = settings_.drill.after_backup;
  if ((!settings_.drill.at && after == AfterBackup::never) || catalogs_.empty()) co_return;
  std::optional<core::Instant> daily;
  if (settings_.drill.at) daily = tools_.clock.now() + until_next_drill();
  bool late = false;  // the daily one is due, and somebody else is drilling
  for (;;) {
    auto fresh_list = listed_bell_.wait();
    core::Duration most = look_for_drills;
    if (daily) most = std::clamp(*daily - tools_.clock.now(), core::Duration{}, most);
    (void)co_await async::finish_within(tools_.clock, most, std::move(fresh_list));
    if (daily && tools_.clock.now() >= *daily) {
      daily = tools_.clock.now() + until_next_drill();
      late = true;
    }
    std::vector<CatalogView> views;
    for (const auto& catalog : catalogs_) views.push_back(catalog->view());
    if (late) {
      auto due = drilled_longest_ago(views, drills_);
      const bool held = co_await drill_by_itself(std::move(due), "it is time for the daily drill");
      late = !held;
    } else if (auto due = due_after_backup(views, drills_, after, tools_.clock.wall())) {
      (void)co_await drill_by_itself(std::move(due), "a backup has ended");
    }
  }
}

// False when another drill is under way. With nothing due the newest is taken, and if there is none, that is
// what the drill finds.
Task<bool> Watch::drill_by_itself(std::optional<DrillDue> due, std::string reason) {
  const Progress quiet = [](const std::string&, const std::string&) {};
  DrillOrder order = settings_.drill.order();
  if (due) {
    order.catalog = due->catalog;
    order.set = due->set;
    reason += ": " + due->reason;
  }
  auto drilled = co_await drill(std::move(order), "recovery", std::move(reason), quiet);
  if (drilled) co_return true;
  if (drilled.error().code == core::Errc::busy) co_return false;
  tools_.log.error("recovery", "Cannot drill", {{"why", drilled.error().what}});
  co_return true;
}

core::Outcome<std::size_t> Watch::catalog_named(std::string_view words) const {
  if (words.empty()) return 0;
  std::optional<std::size_t> found;
  std::string known;
  for (std::size_t i = 0; i < catalogs_.size(); ++i) {
    const std::string target = catalogs_[i]->view().target;
    known += (i == 0 ? "" : ", ") + target;
    if (target.find(words) == std::string::npos) continue;
    if (found)
      return core::fail(core::Errc::invalid, fmt::format("\"{}\" is more than one catalog", words),
                        "there are: " + known);
    found = i;
  }
  if (!found)
    return core::fail(core::Errc::invalid, fmt::format("\"{}\" is no catalog", words), "there are: " + known);
  return *found;
}

Task<Source> Watch::source() {
  Source source;
  CanaryLog log(tools_.files, options_.folder + "/canaries");
  auto job = [&] { return log.read(); };
  auto rows = co_await async::offload(tools_.pool, job);
  if (rows) source.acknowledged = std::move(*rows);
  if (const auto& evidence = server_.evidence()) {
    source.system_id = evidence->system_id;
    source.segment_bytes = evidence->segment_bytes;
    source.written = evidence->written;
  }
  co_return source;
}

Task<core::Outcome<LostTail>> Watch::count_lost(wal::Lsn reached) {
  auto job = [this, reached] {
    return count_tail(tools_.files, settings_.postgres->data_directory + "/pg_wal", reached);
  };
  co_return co_await async::offload(tools_.pool, job);
}

Task<core::Outcome<DrillRecord>> Watch::drill(DrillOrder order, std::string actor, std::string reason,
                                              Progress progress) {
  if (catalogs_.empty()) co_return core::fail(core::Errc::invalid, "cannot drill: no backups are configured");
  const auto locks = co_await lock_drills();
  if (!locks) co_return core::fail(locks.error());
  CatalogWatch& catalog = *catalogs_.at(order.catalog);
  core::Deed deed{std::move(actor), "drill", catalog.view().target, std::move(reason)};
  const auto intent = co_await tools_.journal.intend(std::move(deed));
  if (!intent) co_return core::fail("cannot drill without an audit journal", intent.error());
  // Cancellation leaves through here, too.
  struct Under {
    bool& flag;
    ~Under() { flag = false; }
  };
  drilling_ = true;
  const Under under{drilling_};
  const bool hashed = hashes_ && asks_for_hashes(order);
  if (hashed) {
    progress("hash", "hashing some of the source's content");
    co_await hashes_->prepare();
  }
  Source known = co_await source();
  co_await look_up_point(order.target);
  const auto ground = tools_.make_ground(ground_settings(settings_.drill, order.keep_data));
  DrillTools drill_tools{tools_.clock, catalog.catalog(), *ground, std::move(progress), {}, nullptr};
  if (hashed) drill_tools.hashes = &*hashes_;
  if (settings_.postgres && !settings_.postgres->data_directory.empty())
    drill_tools.count_lost = [this](wal::Lsn reached) { return count_lost(reached); };
  DrillRecord record = co_await run_drill(std::move(drill_tools), std::move(order), std::move(known));
  if (hashed) {
    const auto saved = co_await hashes_->save();
    if (!saved) record.notes.push_back("the hashes could not be kept: " + saved.error().what);
  }
  const std::string line = to_json_line(record);
  own_drill_ = record.id;
  auto job = [&]() -> core::Outcome<> {
    auto file = tools_.files.open_append(options_.folder + "/drills.jsonl");
    if (!file) return core::fail(file.error());
    if (auto written = (*file)->append(line + "\n"); !written) return written;
    return (*file)->sync();
  };
  const auto kept = co_await async::offload(tools_.pool, job);
  if (!kept) record.notes.push_back("this record could not be kept: " + kept.error().what);
  std::string result = fmt::format("{}: {}", bound_to(record, line), record.sentence);
  (void)co_await tools_.journal.conclude(*intent, record.finding == Finding::proven, std::move(result));
  tools_.events.record(core::EventKind::action, "drill", record.sentence);
  co_await read_drills();
  refresh();
  co_return record;
}

}  // namespace outrider::recovery
