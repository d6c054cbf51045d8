// Lines that wait for what is decided of their trace lie in a spool of their own meanwhile.
#include "agent/pipeline/intake/intake.hpp"

#include <iterator>

namespace outrider::pipeline {

std::uint64_t ChainIntake::place_of(const std::string& stream,
                                    const std::pair<const std::uint64_t, std::uint64_t>& read) const {
  std::uint64_t place = read.second;
  const auto waits = chain_->waits_from(stream);
  if (waits && waits->stream == read.first) place = std::min(waits->offset, place);
  for (const Mark& mark : marks_) {
    const auto first = mark.stream == stream ? mark.first.find(read.first) : mark.first.end();
    if (first != mark.first.end()) place = std::min(first->second, place);
  }
  return place;
}

// Where they cannot be written down they go on at once: undecided, but not lost.
void ChainIntake::not_held(telemetry::Batch batch) {
  following_->count(tracing::LineFate::crowded, batch.count());
  if (following_->goes_on(tracing::LineFate::crowded)) return spool_->append(std::move(batch));
  spool_->left_out(batch.stream, amount_of(batch), Reason::trace_let_go);
}

telemetry::Batch ChainIntake::hold(telemetry::Batch batch) {
  if (batch.records.empty()) return batch;
  const bool has_room = following_->disk_has_room(batch);
  Following::Split split = following_->split(std::move(batch), has_room);
  const std::string& stream = split.onward.stream;
  if (split.let_go.records > 0) spool_->left_out(stream, split.let_go, Reason::trace_let_go);
  if (split.held.records.empty()) return std::move(split.onward);
  Mark& mark = marks_.emplace_back(Mark{stream, {}});
  for (const telemetry::Record& record : split.held.records) {
    const auto [first, is_new] = mark.first.try_emplace(record.origin.stream, record.origin.offset);
    if (!is_new) first->second = std::min(first->second, record.origin.offset);
  }
  split.held.is_promised = true;  // so that it is given back when it cannot be written
  auto settled = [this, at = std::prev(marks_.end()), lines = split.held](telemetry::Fate fate) {
    const std::string of = at->stream;
    telemetry::Batch rest = lines;
    rest.is_promised = false;
    if (fate != telemetry::Fate::delivered) {
      following_->hold_on_disk(-bytes_of_lines(rest));
      not_held(std::move(rest));
    }
    marks_.erase(at);
    note_places(of);
  };
  split.held.acknowledgement = std::make_shared<telemetry::Acknowledgement>(1, std::move(settled));
  following_->hold_on_disk(bytes_of_lines(split.held));
  following_->held()->append(std::move(split.held));
  return std::move(split.onward);
}

// What waits is written down last: a sender that is sent away before comes again with all of it.
core::Task<core::Outcome<>> ChainIntake::keep_following(telemetry::Batch documents) {
  const bool has_room = following_->disk_has_room(documents);
  Following::Split split = following_->split(std::move(documents), has_room);
  const std::string stream = split.onward.stream;
  auto keeping = spool_->keep(std::move(split.onward));
  core::Outcome<> kept = co_await std::move(keeping);
  if (!kept) co_return kept;
  if (split.let_go.records > 0) spool_->left_out(stream, split.let_go, Reason::trace_let_go);
  if (split.held.records.empty()) co_return kept;
  const telemetry::Batch lines = split.held;  // looks into the same bytes
  auto holding = following_->held()->keep(std::move(split.held));
  const core::Outcome<> held = co_await std::move(holding);
  if (held) {
    following_->hold_on_disk(bytes_of_lines(lines));
    co_return kept;
  }
  following_->count(tracing::LineFate::crowded, lines.count());
  if (!following_->goes_on(tracing::LineFate::crowded)) {
    spool_->left_out(stream, amount_of(lines), Reason::trace_let_go);
    co_return kept;
  }
  auto instead = spool_->keep(lines);
  co_return co_await std::move(instead);
}

}  // namespace outrider::pipeline
