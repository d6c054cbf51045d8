#include "agent/recovery/alarms/feign/plant.hpp"

#include "agent/core/text.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Errc;

constexpr core::Duration hole_age = 3min;  // longer than any upload may be late
constexpr std::uint64_t files_waiting = 3;

// The server is looked at as before; only its clock, and ours, have gone on.
void pass(Scene& scene, core::Duration length) {
  scene.later += length;
  if (!scene.evidence) return;
  scene.evidence->taken += length;
  scene.evidence->at += length;
  if (scene.evidence->server_time) *scene.evidence->server_time += length;
}

core::WallTime server_now(const Evidence& evidence) { return evidence.server_time.value_or(evidence.taken); }

// The last segment that the set itself needs.
std::optional<std::uint64_t> own_end(const catalogs::BackupSet& set, std::uint64_t segment_bytes) {
  if (set.stop_lsn) return wal::number_of(*set.stop_lsn, segment_bytes);
  const auto name = wal::read_name(set.last_wal);
  const auto id = name ? wal::place(*name, segment_bytes) : std::nullopt;
  return id ? std::optional(id->number) : std::nullopt;
}

core::Outcome<Planted> lose_segment(Scene& scene) {
  const auto found = segment_to_lose(scene);
  if (!found) return core::fail(found.error());
  const std::string name = scene.listing->wal[scene.chain->path[*found].file].name;
  std::erase_if(scene.listing->wal, [&](const catalogs::ArchivedFile& file) { return file.name == name; });
  pass(scene, hole_age);
  return Planted{fmt::format("segment {} is not listed any more", name), name};
}

core::Outcome<Planted> damage_segment(Scene& scene) {
  if (!scene.chain || scene.chain->path.empty())
    return core::fail(Errc::not_found, "no archived segment leads from a backup");
  // The verifier reads the newest first.
  scene.fault.damaged = scene.listing->wal[scene.chain->path.back().file].name;
  return Planted{fmt::format("some bytes of segment {} are not what was written", scene.fault.damaged),
                 scene.fault.damaged};
}

// What every fault of the archiver needs to begin with.
core::Outcome<> can_feign_archiver(const Scene& scene) {
  if (!scene.evidence) return core::fail(Errc::unavailable, "the server was never seen");
  const Evidence& evidence = *scene.evidence;
  if (!evidence.archiver || evidence.segment_bytes == 0 || !evidence.written)
    return core::fail(Errc::denied, "the archiver, or where the server writes, cannot be seen");
  const SettingView* const mode = evidence.setting("archive_mode");
  if (mode != nullptr && mode->value == "off")
    return core::fail(Errc::unsupported, "archive_mode is off: there is no archiver");
  return {};
}

// The segment that comes after all that is stored and written.
wal::SegmentId next_segment(const Scene& scene) {
  const Evidence& evidence = *scene.evidence;
  wal::SegmentId next{evidence.timeline.value_or(1),
                      wal::number_of(*evidence.written, evidence.segment_bytes)};
  if (scene.chain && !scene.chain->path.empty())
    next.number = std::max(next.number, scene.chain->path.back().id.number + 1);
  return next;
}

void write_on(Evidence& evidence, std::uint64_t segments) {
  const wal::Lsn written{evidence.written->value + segments * evidence.segment_bytes};
  evidence.written = evidence.inserted = evidence.flushed = written;
}

core::Outcome<Planted> let_archiver_lie(Scene& scene) {
  if (auto can = can_feign_archiver(scene); !can) return core::fail(can.error());
  if (!scene.listing || !scene.listing->wal_known || !scene.chain)
    return core::fail(Errc::unavailable, "the archive could not be read");
  Evidence& evidence = *scene.evidence;
  const wal::SegmentId claimed = next_segment(scene);
  evidence.archiver->last_archived = wal::segment_name(claimed, evidence.segment_bytes);
  evidence.archiver->last_archived_time = server_now(evidence) - scene.settles_within - 1min;
  evidence.archiver->archived += 1;
  evidence.ready = ReadyView{};
  const wal::Lsn end = claimed.end(evidence.segment_bytes);
  evidence.written = evidence.inserted = evidence.flushed = wal::Lsn{end.value + 1};
  return Planted{
      fmt::format("the archiver says that {} is stored, and it is not", evidence.archiver->last_archived),
      end.text()};
}

// Neither success nor failure for longer than anybody is patient, and files that wait.
core::Outcome<std::string> stop_archiver(Scene& scene) {
  if (auto can = can_feign_archiver(scene); !can) return core::fail(can.error());
  Evidence& evidence = *scene.evidence;
  const core::Duration timeout = duration_setting(evidence, "archive_timeout").value_or(core::Duration{});
  const core::Duration stood = 2 * std::max({timeout, scene.policy.stall_after, scene.policy.stall_least});
  const std::string first = wal::segment_name(next_segment(scene), evidence.segment_bytes);
  const core::WallTime since = server_now(evidence) - stood;
  evidence.ready = ReadyView{files_waiting, first, since};
  evidence.archiver->last_archived_time = since;
  evidence.archiver->last_failed_time.reset();
  write_on(evidence, files_waiting);
  return first;
}

core::Outcome<Planted> hang_archiver(Scene& scene) {
  const auto first = stop_archiver(scene);
  if (!first) return core::fail(first.error());
  return Planted{fmt::format("{} waits to be archived, and the archiver neither stores nor fails", *first),
                 *first};
}

core::Outcome<Planted> fail_archiver(Scene& scene) {
  const auto first = stop_archiver(scene);
  if (!first) return core::fail(first.error());
  ArchiverView& archiver = *scene.evidence->archiver;
  archiver.failed += files_waiting;
  archiver.last_failed = *first;
  archiver.last_failed_time = server_now(*scene.evidence) - 1s;
  return Planted{fmt::format("archiving of {} fails again and again", *first), *first};
}

core::Outcome<Planted> let_archive_stand(Scene& scene) {
  if (!scene.evidence || !scene.evidence->written || scene.evidence->segment_bytes == 0)
    return core::fail(Errc::unavailable, "where the server writes cannot be seen");
  const core::Duration length = scene.objectives.rpo + 5min;
  pass(scene, length);
  write_on(*scene.evidence, files_waiting);
  scene.evidence->transactions.clear();
  scene.track.quiet_since.reset();
  scene.track.quiet_at.reset();
  return Planted{fmt::format("the server writes on for {}, and nothing is stored", core::show_age(length)),
                 ""};
}

core::Outcome<Planted> withhold_segment(Scene& scene) {
  const auto found = segment_to_lose(scene);
  if (!found) return core::fail(found.error());
  scene.fault.withheld = scene.listing->wal[scene.chain->path[*found].file].name;
  return Planted{fmt::format("a restored server does not get {}", scene.fault.withheld),
                 scene.fault.withheld};
}

}  // namespace

core::Outcome<std::size_t> segment_to_lose(const Scene& scene) {
  const core::Error none(Errc::not_found,
                         "the archive has not got two segments behind the newest backup's own",
                         "write a little, SELECT pg_switch_wal() twice, and drill again");
  if (!scene.listing || !scene.chain || !scene.chain->newest) return core::fail(none);
  const ChainReport& chain = *scene.chain;
  const auto end = own_end(scene.listing->sets.at(*chain.newest), chain.segment_bytes);
  if (!end || chain.path.size() < 2) return core::fail(none);
  const std::size_t index = chain.path.size() - 2;
  const std::uint64_t number = chain.path[index].id.number;
  if (number <= *end || chain.path[index + 1].id.number != number + 1) return core::fail(none);
  return index;
}

core::Outcome<Planted> plant(Alarm alarm, Scene& scene) {
  switch (alarm) {
    case Alarm::lost_segment: return lose_segment(scene);
    case Alarm::damaged_segment: return damage_segment(scene);
    case Alarm::lying_archiver: return let_archiver_lie(scene);
    case Alarm::hung_archiver: return hang_archiver(scene);
    case Alarm::failing_archiver: return fail_archiver(scene);
    case Alarm::standing_archive: return let_archive_stand(scene);
    case Alarm::replay_hole: return withhold_segment(scene);
    case Alarm::zeroed_page:
    case Alarm::notifier: break;
  }
  return core::fail(Errc::internal, "that is not feigned in a scene");
}

}  // namespace outrider::recovery
