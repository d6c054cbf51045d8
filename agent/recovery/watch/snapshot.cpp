// How the watch puts its snapshot together. Nothing is decided here.
#include "agent/recovery/watch/watch.hpp"

#include <algorithm>
#include <utility>

namespace outrider::recovery {
ExposureView Watch::exposure_view() const {
  ExposureView view;
  view.evidence = server_.evidence() ? &*server_.evidence() : nullptr;
  view.server_trouble = server_.trouble();
  view.track = &server_.track();
  view.drills = &drills_;
  view.canaries = &server_.canaries();
  view.standby = standby_ ? &standby_->status() : nullptr;
  view.objectives = settings_.objectives;
  view.now = tools_.clock.wall();
  return view;
}

void Watch::refresh() {
  Sources sources;
  sources.cluster = options_.cluster;
  sources.exposure = exposure_view();
  for (const auto& catalog : catalogs_) sources.catalogs.push_back(catalog->source());
  sources.server = with_archive_words(server_.judgements());
  sources.minutes = &minutes_;
  Snapshot next = assemble(std::move(sources));
  next.alarms = alarms_.last;
  if (next.alarms) {
    const Judgements deaf = judge_record(*next.alarms);
    next.judgements.insert(next.judgements.end(), deaf.begin(), deaf.end());
  }
  tell_changes(next);
  snapshot_ = std::move(next);
  if (tools_.metrics != nullptr) tools_.metrics->show(snapshot_);
}

// What was not so before goes into the timeline, once, and once more when it is over.
void Watch::tell_changes(const Snapshot& next) {
  const auto all = [](const Snapshot& snapshot) {
    Judgements list = snapshot.judgements;
    list.insert(list.end(), snapshot.exposure.faults.begin(), snapshot.exposure.faults.end());
    for (const auto& catalog : snapshot.catalogs) {
      list.insert(list.end(), catalog.judgements.begin(), catalog.judgements.end());
    }
    std::erase_if(list, [](const Judgement& one) { return one.severity != Severity::critical; });
    return list;
  };
  const auto holds = [](const Judgements& list, const std::string& id) {
    return std::any_of(list.begin(), list.end(), [&](const Judgement& one) { return one.id == id; });
  };
  const Judgements before = all(snapshot_), now = all(next);
  for (const auto& one : now) {
    if (!holds(before, one.id)) tools_.events.record(core::EventKind::trouble, "recovery", one.sentence);
  }
  for (const auto& one : before) {
    if (!holds(now, one.id))
      tools_.events.record(core::EventKind::health, "recovery", "over: " + one.sentence);
  }
}

}  // namespace outrider::recovery
