#include "agent/sinks/file/progress.hpp"

#include <algorithm>

namespace outrider::sinks::file {

std::size_t Progress::written_of(const telemetry::BatchPointer& batch) const {
  std::size_t records = 0;
  for (const Parts* const parts : {&written_, &safe_}) {
    for (const Part& part : *parts) {
      if (part.batch == batch) records = std::max(records, part.records);
    }
  }
  return records;
}

void Progress::raise(Parts& parts, const Part& to) {
  // Batches come in order: the one at hand is the last.
  if (!parts.empty() && parts.back().batch == to.batch) {
    parts.back().records = std::max(parts.back().records, to.records);
  } else {
    parts.push_back(to);
  }
}

void Progress::move_all(Parts& from, Parts& to) {
  for (const Part& part : from) raise(to, part);
  from.clear();
}

void Progress::plan(const telemetry::BatchPointer& batch, std::size_t records) {
  raise(planned_, {batch, records});
}

void Progress::is_written(std::uint64_t file_length) {
  move_all(planned_, written_);
  written_length_ = file_length;
}

void Progress::is_safe(std::uint64_t file_length) {
  move_all(written_, safe_);
  written_length_ = safe_length_ = file_length;
}

void Progress::drop_plan() { planned_.clear(); }

void Progress::take_back() {
  written_.clear();
  written_length_ = safe_length_;
}

void Progress::forget() {
  planned_.clear();
  written_.clear();
  safe_.clear();
}

}  // namespace outrider::sinks::file
