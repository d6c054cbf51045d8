#include "agent/core/text.hpp"
#include "agent/recovery/evidence/judge.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration promotion_is_news = 1h;

core::Duration length_of(core::Duration difference) {
  return difference < core::Duration::zero() ? -difference : difference;
}

void judge_system(const JudgeView& view, Judgements& found) {
  const auto meant = view.policy.system_id ? view.policy.system_id : view.track.first_system_id;
  if (!view.evidence.system_id) {
    found.push_back({"identity.unseen", Severity::unknown, "the system identifier cannot be seen",
                     "grant pg_monitor to the role that outrider uses"});
  } else if (meant && *meant != *view.evidence.system_id) {
    found.push_back(
        {"identity.system", Severity::critical,
         fmt::format("this is another cluster: system identifier {}, where {} is meant",
                     *view.evidence.system_id, *meant),
         "mend the dsn; after a pg_upgrade or a new initdb, take a new backup and tell outrider the "
         "new identifier"});
  }
}

void judge_timeline(const JudgeView& view, Judgements& found) {
  const Track& track = view.track;
  if (track.went_back)
    found.push_back(
        {"identity.went_back", Severity::critical,
         "WAL is not as far as it was, on the same timeline: the data directory was put back",
         "if somebody restored without a new timeline, archive nothing of it: take a new backup"});
  if (!track.timeline_changed || !track.timeline || !track.timeline_before) return;
  if (view.evidence.taken - *track.timeline_changed > promotion_is_news) return;
  const bool back = *track.timeline < *track.timeline_before;
  found.push_back({"identity.timeline", back ? Severity::critical : Severity::warning,
                   fmt::format("the timeline went from {} to {}: {}", *track.timeline_before, *track.timeline,
                               back ? "an old primary came back" : "a standby was promoted"),
                   back ? "fence it before two servers write to one archive"
                        : "make sure that the old primary is gone, and take a new backup"});
}

void judge_clock(const JudgeView& view, Judgements& found) {
  if (length_of(view.track.jumped) > view.policy.skew)
    found.push_back({"clock.jumped", Severity::warning,
                     fmt::format("the clock of this machine jumped by {}: ages and times around it are wrong",
                                 core::show_age(length_of(view.track.jumped))),
                     "let chrony or systemd-timesyncd slew the clock"});
  if (!view.evidence.server_time) return;
  const core::Duration skew = *view.evidence.server_time - view.evidence.taken;
  if (length_of(skew) <= view.policy.skew) return;
  found.push_back(
      {"clock.skew", Severity::warning,
       fmt::format("the server's clock is {} {} of this machine's", core::show_age(length_of(skew)),
                   skew > core::Duration::zero() ? "ahead" : "behind"),
       "synchronise both clocks: times of commits and of backups cannot be compared"});
}

}  // namespace

void judge_identity(const JudgeView& view, Judgements& found) {
  judge_system(view, found);
  judge_timeline(view, found);
  judge_clock(view, found);
  if (view.evidence.checksum_failures.value_or(0) > 0)
    found.push_back(
        {"server.checksums", Severity::critical,
         fmt::format("{} pages with a wrong checksum were read", *view.evidence.checksum_failures),
         "the server's log names them; keep the last clean backup from expiring, and drill it"});
}

}  // namespace outrider::recovery
