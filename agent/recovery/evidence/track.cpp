#include "agent/recovery/evidence/track.hpp"

#include "agent/core/seconds.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <cmath>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

constexpr double average_over = 900;       // seconds
constexpr double impossible_rate = 4.3e9;  // bytes a second: a jump of the LSN, not WAL that was written
constexpr core::Duration remembered = 1h;

// Apart at least so far, at that age.
core::Duration spacing(core::Duration age) {
  if (age < 10min) return 0s;
  return age < 2h ? core::Duration(1min) : core::Duration(10min);
}
constexpr core::Duration oldest_mark = 7 * 24h;

void thin(std::deque<Mark>& marks, core::Instant now) {
  while (marks.size() > 1 && now - marks.front().instant > oldest_mark) marks.pop_front();
  std::deque<Mark> kept;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const bool edge = i == 0 || i + 1 == marks.size();
    if (edge || marks[i + 1].instant - kept.back().instant >= spacing(now - marks[i].instant))
      kept.push_back(marks[i]);
  }
  if (kept.size() < marks.size()) marks.swap(kept);
}

std::optional<wal::Lsn> claimed_end(const Evidence& evidence) {
  if (!evidence.archiver || evidence.segment_bytes == 0) return std::nullopt;
  const auto name = wal::read_name(evidence.archiver->last_archived);
  if (!name || name->kind != wal::NameKind::segment) return std::nullopt;
  const auto id = wal::place(*name, evidence.segment_bytes);
  if (!id) return std::nullopt;
  return id->end(evidence.segment_bytes);
}

void remember_mark(Track& track, const Evidence& evidence) {
  const auto position = evidence.inserted ? evidence.inserted : evidence.written;
  if (!position) return;
  if (!track.marks.empty() && *position < track.marks.back().written) track.marks.clear();
  auto claimed = claimed_end(evidence);
  // A history or a label was archived last: what was claimed before still is.
  if (!claimed && evidence.archiver && !evidence.archiver->last_archived.empty() && !track.marks.empty())
    claimed = track.marks.back().claimed;
  const Mark mark{evidence.taken - evidence.took, evidence.at - evidence.took, *position, claimed};
  const bool same = !track.marks.empty() && track.marks.back().written == *position &&
                    track.marks.back().claimed == claimed;
  if (same)
    track.marks.back() = mark;  // the same place, later: that says more
  else
    track.marks.push_back(mark);
  if (track.marks.size() % 32 == 0) thin(track.marks, evidence.at);

  if (evidence.transactions.empty()) {
    track.quiet_since.reset();
    track.quiet_at.reset();
  } else if (track.transactions != evidence.transactions || !track.quiet_at || *position < *track.quiet_at) {
    track.quiet_since = mark.at;
    track.quiet_at = *position;
  }
  track.transactions = evidence.transactions;
}

void remember_rate(Track& track, const Evidence& evidence) {
  if (!evidence.written) return;
  const std::uint64_t here = evidence.written->value;
  bool jumped = false;
  if (track.last_written && track.last_at && evidence.at > *track.last_at) {
    const double length = core::to_seconds(evidence.at - *track.last_at);
    const double rate = static_cast<double>(here - track.last_written->value) / length;
    jumped = here < track.last_written->value || rate > impossible_rate;
    if (!jumped) {
      const double weight = track.rate.average ? 1 - std::exp(-length / average_over) : 1;
      const double before = track.rate.average.value_or(rate);
      track.rate.average = before + weight * (rate - before);
    }
  }
  auto& positions = track.positions;
  if (jumped) positions.clear();
  if (positions.empty() || evidence.at - positions.back().first >= 1min)
    positions.emplace_back(evidence.at, here);
  while (positions.size() > 1 && evidence.at - positions.front().first > remembered) positions.pop_front();
  std::optional<double> most;
  for (std::size_t i = 1; i < positions.size(); ++i) {
    const double rate = static_cast<double>(positions[i].second - positions[i - 1].second) /
                        core::to_seconds(positions[i].first - positions[i - 1].first);
    most = std::max(most.value_or(0), rate);
  }
  track.rate.recent_most = most ? most : track.rate.average;
}

void remember_archiver(Track& track, const Evidence& evidence) {
  if (!evidence.archiver) return;
  const ArchiverView& archiver = *evidence.archiver;
  if (evidence.ready) {
    auto& ready = track.ready;
    if (ready.empty() || evidence.at - ready.back().first >= 1min)
      ready.emplace_back(evidence.at, evidence.ready->count);
    while (ready.size() > 1 && evidence.at - ready.front().first > remembered) ready.pop_front();
    if (evidence.ready->count == 0) {
      track.standstill.reset();
      return;
    }
  }
  const std::string oldest = evidence.ready ? evidence.ready->oldest : "";
  auto& standing = track.standstill;
  if (standing && standing->oldest == oldest && standing->last_archived == archiver.last_archived &&
      standing->archived == archiver.archived)
    return;
  standing = Standstill{oldest,      archiver.last_archived, archiver.archived,
                        evidence.at, evidence.taken,         evidence.written};
}

void remember_identity(Track& track, const Evidence& evidence) {
  track.jumped = core::Duration{};
  if (track.last_at && track.last_taken)
    track.jumped = (evidence.taken - *track.last_taken) - (evidence.at - *track.last_at);
  if (evidence.timeline) {
    if (track.timeline && *track.timeline != *evidence.timeline) {
      track.timeline_before = track.timeline;
      track.timeline_changed = evidence.taken;
    }
    track.timeline = evidence.timeline;
  }
  if (evidence.written) {
    track.went_back = track.last_written && *evidence.written < *track.last_written &&
                      track.timeline_changed != evidence.taken;
  }
  if (evidence.checksum_failures) track.checksum_failures = evidence.checksum_failures;
  if (evidence.database_bytes) track.database_bytes = evidence.database_bytes;
}

}  // namespace

void remember(Track& track, const Evidence& evidence) {
  if (evidence.system_id) {
    if (!track.first_system_id) track.first_system_id = evidence.system_id;
    track.system_id = evidence.system_id;
    // Another cluster: nothing of it is ours to remember.
    if (evidence.system_id != track.first_system_id) return;
  }
  remember_identity(track, evidence);
  remember_mark(track, evidence);
  remember_rate(track, evidence);
  remember_archiver(track, evidence);
  track.last_at = evidence.at;
  track.last_taken = evidence.taken;
  track.last_started = evidence.server_started;
  if (evidence.written) track.last_written = evidence.written;
}

const Mark* mark_before(const Track& track, wal::Lsn lsn) {
  const auto after =
      std::upper_bound(track.marks.begin(), track.marks.end(), lsn,
                       [](wal::Lsn wanted, const Mark& mark) { return wanted < mark.written; });
  return after == track.marks.begin() ? nullptr : &*std::prev(after);
}

const Mark* mark_at(const Track& track, core::WallTime when) {
  const Mark* found = nullptr;
  for (const Mark& mark : track.marks) {
    if (mark.at <= when) found = &mark;
  }
  return found;
}

void settle(Track& track, Judgements& judgements, core::WallTime now) {
  std::map<std::string, std::pair<Severity, core::WallTime>> holds;
  for (Judgement& judgement : judgements) {
    const auto before = track.since.find(judgement.id);
    judgement.since = before == track.since.end() ? now : std::min(before->second.second, now);
    holds[judgement.id] = {judgement.severity, judgement.since};
  }
  track.since.swap(holds);
}

}  // namespace outrider::recovery
