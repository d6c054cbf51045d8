#include "agent/pipeline/recording/record_sight.hpp"

namespace outrider::pipeline {

transforms::Onlooker::Look RecordSight::look() const {
  tapped_looks_ = tapped_ ? tapped_->look() : Look::no;
  return tapped_looks_ == Look::no ? Look::count : tapped_looks_;
}

bool RecordSight::is_new(const transforms::Event& event) const {
  return !readers_ || readers_->is_new(this, event.stream, event.record.origin, 0);
}

void RecordSight::keep(const transforms::Event& event, std::string_view document) const {
  const core::WallTime when = event.wall == core::WallTime{} ? event.record.time : event.wall;
  keep_(when, event.stream, document, (event.record.marks & telemetry::mark_unterminated) != 0);
}

void RecordSight::went_on(const transforms::Event& event, const telemetry::Record& record,
                          std::span<const transforms::Note> notes) {
  if (is_new(event)) keep(event, record.text);
  if (tapped_looks_ != Look::no) tapped_->went_on(event, record, notes);
}

bool RecordSight::may_read_on(core::Instant now) {
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    left_out_ = 0;
  }
  return ++left_out_ <= most_left_out_a_second;
}

void RecordSight::left_out(const transforms::Event& event, transforms::Onward why,
                           std::span<const transforms::Note> notes) {
  if (is_new(event) && may_read_on(event.now)) {
    if (!whole_way_) whole_way_ = std::make_unique<WholeWay>(seen_.resource, seen_.plan);
    keep(event, whole_way_->document(event));
  }
  if (tapped_looks_ != Look::no) tapped_->left_out(event, why, notes);
}

std::unique_ptr<transforms::Onlooker> onlooker(const Keep& keep, ChainSight::Seen seen,
                                               std::unique_ptr<ChainSight> tapped,
                                               std::shared_ptr<Foremost> readers) {
  if (!keep) return tapped;
  return std::make_unique<RecordSight>(keep, std::move(seen), std::move(readers), std::move(tapped));
}

}  // namespace outrider::pipeline
