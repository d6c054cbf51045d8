#include "agent/pipeline/tap/chain_sight.hpp"

#include <utility>

namespace outrider::pipeline {
namespace {

std::string_view word_for(transforms::Onward why) {
  switch (why) {
    case transforms::Onward::filtered: return "filtered";
    case transforms::Onward::sampled: return "sampled";
    case transforms::Onward::rate_limited: return "rate_limited";
    case transforms::Onward::routed: return "routed";
    case transforms::Onward::yes: break;
  }
  return {};
}

}  // namespace

bool Foremost::is_new(const void* reader, std::string_view stream, const telemetry::Origin& origin,
                      std::uint64_t audience) {
  if (audience != audience_) fronts_.clear();
  audience_ = audience;
  auto found = fronts_.find(stream);
  const bool first = found == fronts_.end();
  if (first) found = fronts_.emplace(stream, Front{reader, origin}).first;
  Front& front = found->second;
  const bool beyond =
      first || std::pair(origin.generation, origin.offset) > std::pair(front.at.generation, front.at.offset);
  if (!beyond) return front.reader == reader;
  front = {reader, origin};
  return true;
}

transforms::Onlooker::Look ChainSight::look() const {
  if (taps_.none()) return Look::no;
  if (!taps_.looked_at(Stage::source) && !taps_.looked_at(Stage::left_out)) return Look::no;
  const bool room = taps_.have_room(Stage::source) || taps_.have_room(Stage::left_out);
  return room ? Look::closely : Look::count;
}

bool ChainSight::is_new(const transforms::Event& event) {
  return !readers_ || readers_->is_new(this, event.stream, event.record.origin, taps_.audiences());
}

void ChainSight::went_on(const transforms::Event& event, const telemetry::Record& record,
                         std::span<const transforms::Note> notes) {
  if (!is_new(event)) return;
  taps_.saw({Stage::source, of(event), event.stream, record, {}, {}, notes});
}

void ChainSight::left_out(const transforms::Event& event, transforms::Onward why,
                          std::span<const transforms::Note> notes) {
  if (!is_new(event) || !taps_.looked_at(Stage::left_out)) return;
  telemetry::Record shown = event.record;
  shown.text = {};
  if (taps_.have_room(Stage::left_out)) {
    if (!whole_way_) whole_way_ = std::make_unique<WholeWay>(seen_.resource, seen_.plan);
    shown.text = whole_way_->document(event);
  }
  taps_.saw({Stage::left_out, of(event), event.stream, shown, "left out", word_for(why), notes});
}

}  // namespace outrider::pipeline
