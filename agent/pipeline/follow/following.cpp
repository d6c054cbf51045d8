#include "agent/pipeline/follow/following.hpp"

#include "agent/lines/json.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {
namespace {

using tracing::LineFate;

constexpr std::uint64_t most_in_memory = 16u << 20;  // of lines that can be read again

std::optional<std::uint64_t> hexadecimal_in(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

::prometheus::Gauge& gauge(::prometheus::Registry& registry, const char* name, const char* help) {
  return ::prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

std::int64_t bytes_of_lines(const telemetry::Batch& batch) {
  return static_cast<std::int64_t>(batch.weight() - sizeof(telemetry::Batch));
}

std::optional<tracing::TraceKey> trace_named_in(std::string_view document) {
  constexpr std::size_t digits = 16;
  std::vector<lines::Member> members;
  if (!lines::scan_object(document, members)) return std::nullopt;
  const auto named = std::ranges::find(members, std::string_view("trace.id"), &lines::Member::key);
  if (named == members.end() || named->value.size() != 2 * digits + 2) return std::nullopt;
  const auto high = hexadecimal_in(named->value.substr(1, digits));
  const auto low = hexadecimal_in(named->value.substr(1 + digits, digits));
  if (!high || !low) return std::nullopt;
  return tracing::TraceKey{*high, *low};
}

Following::Following(core::Clock& clock, ::prometheus::Registry& registry, tracing::FollowSettings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      held_lines_(gauge(registry, "outrider_following_held_lines",
                        "Log lines that wait for what is decided of their trace.")),
      held_bytes_(gauge(registry, "outrider_following_held_bytes", "What those lines take.")) {
  auto& fates = ::prometheus::BuildCounter()
                    .Name("outrider_following_lines_total")
                    .Help("Log lines that follow their trace, by what became of them.")
                    .Register(registry);
  for (const LineFate fate : {LineFate::released, LineFate::let_go, LineFate::waited, LineFate::crowded})
    fates_.at(static_cast<std::size_t>(fate)) = &fates.Add({{"fate", std::string(name_of(fate))}});
}

std::optional<tracing::TraceKey> Following::trace_of(const telemetry::Record& record) const {
  if (std::ranges::find(settings_.levels, record.severity) == settings_.levels.end()) return std::nullopt;
  return trace_named_in(record.text);
}

LineFate Following::fate_of(const std::optional<tracing::TraceKey>& trace, core::Instant since,
                            bool is_crowded) const {
  if (!trace) return LineFate::released;
  const auto decided = traces_ == nullptr ? std::nullopt : traces_->decided(*trace);
  return tracing::fate_of(settings_, decided, clock_.now() - since, is_crowded);
}

void Following::judge_due() const {
  if (traces_ != nullptr) traces_->judge_due();
}

core::Task<core::Outcome<>> Following::write_down() const {
  if (traces_ == nullptr) co_return core::Outcome<>();
  auto writing = traces_->write_down();
  co_return co_await std::move(writing);
}

void Following::count(LineFate fate, std::uint64_t lines) {
  ::prometheus::Counter* const counter = fates_.at(static_cast<std::size_t>(fate));
  if (counter != nullptr && lines > 0) counter->Increment(static_cast<double>(lines));
}

// What was decided and may yet be lost is not followed yet: its lines wait until it is on the disk.
Following::Split Following::split(telemetry::Batch batch, bool has_room) {
  Split split;
  const auto is_one = [this](const telemetry::Record& record) {
    return std::ranges::find(settings_.levels, record.severity) != settings_.levels.end();
  };
  const bool concerns = std::ranges::any_of(batch.records, is_one);
  split.onward = std::move(batch);
  if (!concerns) return split;
  const bool is_known = traces_ != nullptr && traces_->all_on_disk();
  std::vector<telemetry::Record> onward, held;
  for (const telemetry::Record& record : split.onward.records) {
    const auto trace = trace_of(record);
    if (!trace) {
      onward.push_back(record);
      continue;
    }
    const auto decided = is_known ? traces_->decided(*trace) : std::nullopt;
    const LineFate fate = tracing::fate_of(settings_, decided, {}, !has_room);
    count(fate, record.count);
    if (fate == LineFate::waits) {
      held.push_back(record);
    } else if (goes_on(fate)) {
      onward.push_back(record);
    } else {
      split.let_go += amount_of(record);
    }
  }
  if (!held.empty()) split.held = split.onward;  // looks into the same bytes
  split.held.records = std::move(held);
  split.onward.records = std::move(onward);
  return split;
}

void Following::hold_in_memory(std::int64_t lines, std::int64_t bytes) {
  lines_in_memory_ += lines;
  bytes_in_memory_ += bytes;
}

bool Following::memory_is_crowded() const {
  return bytes_in_memory_ > static_cast<std::int64_t>(std::min(settings_.most_bytes, most_in_memory));
}

void Following::hold_in(Spool& held) {
  held_ = &held;
  bytes_on_disk_ = static_cast<std::int64_t>(held.on_disk().bytes);
}

void Following::hold_on_disk(std::int64_t bytes) {
  bytes_on_disk_ = std::max<std::int64_t>(bytes_on_disk_ + bytes, 0);
}

bool Following::disk_has_room(const telemetry::Batch& batch) const {
  return held_ != nullptr && held_->has_room(batch.weight());
}

void Following::show() {
  const std::uint64_t lines = held_ == nullptr ? 0 : held_->on_disk().records;
  const std::uint64_t bytes = held_ == nullptr ? 0 : held_->on_disk().bytes;
  held_lines_.Set(static_cast<double>(lines) + static_cast<double>(lines_in_memory_));
  held_bytes_.Set(static_cast<double>(bytes) + static_cast<double>(bytes_in_memory_));
}

}  // namespace outrider::pipeline
