#include "agent/telemetry/overheard/ears.hpp"

#include "agent/core/text.hpp"

#include <optional>
#include <utility>

namespace outrider::telemetry {
namespace {

constexpr std::size_t most_kept_of_a_line = 1024;

// Every document begins with it.
std::optional<core::WallTime> written_at(std::string_view document) {
  constexpr std::string_view head = R"({"@timestamp":")";
  if (!document.starts_with(head)) return std::nullopt;
  document.remove_prefix(head.size());
  return core::read_time(document.substr(0, document.find('"')));
}

}  // namespace

Ear::Ear(Wanted wanted, core::Duration window, core::Instant now)
    : wanted_(std::move(wanted)), window_(window), since_(now) {}

void Ear::hear(Moment moment, std::string_view document) {
  anything_ = true;
  if (!wanted_(document)) return;
  const auto written = written_at(document);
  if (written && moment.wall - *written > window_) return;
  const std::int64_t number = slice_of(moment.now);
  const os::Turn turn(turns_);
  Slice& slice = counted_[static_cast<std::size_t>(number) % slices];
  if (slice.number != number) slice = {number, 0};
  ++slice.wanted;
  last_.assign(document.substr(0, most_kept_of_a_line));
}

Ear::Heard Ear::heard(core::Instant now) const {
  const std::int64_t number = slice_of(now);
  const os::Turn turn(turns_);
  Heard heard{0, {}, anything_, since_};
  for (const Slice& slice : counted_) {
    if (slice.number > number - static_cast<std::int64_t>(slices)) heard.wanted += slice.wanted;
  }
  if (heard.wanted > 0) heard.last = last_;
  return heard;
}

void Ear::begin_again(core::Instant now) {
  const os::Turn turn(turns_);
  counted_ = {};
  since_ = now;
}

std::shared_ptr<Ear> Ears::listen(Ear::Wanted wanted, core::Duration window, core::Instant now) {
  auto ear = std::make_shared<Ear>(std::move(wanted), window, now);
  const os::Turn turn(turns_);
  std::erase_if(ears_, [](const std::weak_ptr<Ear>& known) { return known.expired(); });
  ears_.push_back(ear);
  count_ = ears_.size();
  return ear;
}

void Ears::hear(Ear::Moment moment, std::string_view document) {
  const os::Turn turn(turns_);
  for (const std::weak_ptr<Ear>& known : ears_) {
    if (const auto ear = known.lock()) ear->hear(moment, document);
  }
}

void Ears::begin_again(core::Instant now) {
  const os::Turn turn(turns_);
  for (const std::weak_ptr<Ear>& known : ears_) {
    if (const auto ear = known.lock()) ear->begin_again(now);
  }
}

}  // namespace outrider::telemetry
