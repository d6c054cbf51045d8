#include "agent/recovery/standby/proof.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;

Figure nothing_proven(std::string why) {
  Figure figure;
  figure.why = std::move(why);
  return figure;
}

}  // namespace

Figure continuous_figure(const ExposureView& view) {
  const StandbyStatus& standby = *view.standby;
  if (!standby.proven_at || !standby.proven_to)
    return nothing_proven("the proof standby has proven nothing yet: " + standby.sentence);
  const auto system_id = view.evidence != nullptr ? view.evidence->system_id : std::nullopt;
  if (system_id && standby.system_id && *system_id != *standby.system_id)
    return nothing_proven("the proof standby follows another cluster");
  Figure figure;
  figure.level = Level::replayed;
  figure.as_of = standby.proven_at;
  figure.set = standby.set;
  figure.to = standby.proven_to;
  figure.fade = fade_of_look(standby.proven_at, view.objectives.proof, view.now);
  const Loss loss = loss_behind(*standby.proven_to, view);
  figure.idle = loss.idle;
  figure.rpo = loss.length;
  figure.why = loss.why;
  if (!loss.idle && standby.canary && standby.canary_time) {
    figure.rpo = std::max(core::Duration(view.now - *standby.canary_time), core::Duration{});
    figure.why =
        fmt::format("canary {} is the newest that can be read in the proof standby", *standby.canary);
  }
  return figure;
}

const Figure& better_proof(const Figure& drilled, const Figure& continuous) {
  if (!continuous.as_of) return drilled;
  if (!drilled.as_of) return continuous;
  const bool drill_counts = drilled.fade != Fade::stale, standby_counts = continuous.fade != Fade::stale;
  if (drill_counts != standby_counts) return drill_counts ? drilled : continuous;
  return *continuous.as_of >= *drilled.as_of ? continuous : drilled;
}

void judge_standby_found(const ExposureView& view, Judgements& found) {
  if (view.standby == nullptr) return;
  const StandbyStatus& standby = *view.standby;
  if (standby.state == StandbyState::broken) {
    found.push_back(
        {"archive.unreplayable:" + standby.catalog, Severity::critical,
         fmt::format("the proof standby cannot go on: {}", standby.sentence),
         "a restore ends there, too, and says that it succeeded; put the segment back, else take a full "
         "backup now"});
    return;
  }
  if (standby.state == StandbyState::blind) {
    found.push_back({"proof.standby:" + standby.catalog, Severity::unknown,
                     fmt::format("the proof standby cannot verify: {}", standby.sentence),
                     "see what stands in its way in " + standby.directory});
    return;
  }
  const bool on_its_way =
      standby.state == StandbyState::catching_up || standby.state == StandbyState::following;
  if (on_its_way && standby.proven_at &&
      fade_of_look(standby.proven_at, view.objectives.proof, view.now) != Fade::fresh) {
    found.push_back({"proof.standby:" + standby.catalog, Severity::unknown,
                     fmt::format("the proof standby has not come any further for {}",
                                 show_age(view.now - *standby.proven_at)),
                     "see whether a long query in it stands in the way of replay"});
  }
}

}  // namespace outrider::recovery
