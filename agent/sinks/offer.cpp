#include "agent/sinks/offer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace outrider::sinks {

void Offer::begin(std::span<const telemetry::BatchPointer> batches) {
  std::vector<Part> parts;
  for (const auto& batch : batches) {
    const auto known = std::ranges::find(parts_, batch, &Part::batch);
    parts.push_back(known == parts_.end() ? Part{batch, 0, {}} : std::move(*known));
  }
  parts_ = std::move(parts);
}

Receipt Offer::end() {
  Receipt receipt;
  for (Part& part : parts_) {
    std::move(part.refused.begin(), part.refused.end(), std::back_inserter(receipt.refused));
  }
  parts_.clear();
  return receipt;
}

Records Offer::next(std::size_t most_records, std::size_t most_bytes) const {
  Records records;
  std::size_t bytes = 0;
  for (const Part& part : parts_) {
    for (std::size_t at = part.done; at < part.batch->records.size(); ++at) {
      const telemetry::Record& record = part.batch->records[at];
      bytes += record.text.size();
      if (records.size() == most_records || (!records.empty() && bytes > most_bytes)) return records;
      records.push_back(&record);
    }
  }
  return records;
}

void Offer::sent(std::size_t records) {
  for (Part& part : parts_) {
    const std::size_t count = std::min(records, part.batch->records.size() - part.done);
    part.done += count;
    records -= count;
  }
}

void Offer::refused(std::string why) {
  const auto part =
      std::ranges::find_if(parts_, [](const Part& it) { return it.done < it.batch->records.size(); });
  if (part == parts_.end()) return;
  part->refused.push_back({part->batch, part->done++, std::move(why)});
}

std::size_t Offer::sent_of(const telemetry::BatchPointer& batch) const {
  const auto part = std::ranges::find(parts_, batch, &Part::batch);
  return part == parts_.end() ? 0 : part->done;
}

}  // namespace outrider::sinks
