#include "agent/telemetry/routes.hpp"

#include <algorithm>

namespace outrider::telemetry {

Share share_of(const Batch& batch, std::string_view destination) {
  Share share{batch, 0, 0};
  share.batch.routes = nullptr;
  if (!batch.routes) return share;
  const auto is_for_others = [&](const Record& record) {
    if (record.route == 0 || record.route > batch.routes->size()) return false;
    const auto& to = (*batch.routes)[record.route - 1u];
    return std::ranges::find(to, destination) == to.end();
  };
  for (const Record& record : batch.records) {
    if (!is_for_others(record)) continue;
    ++share.other_records;
    share.other_bytes += record.bytes;
  }
  if (share.other_records > 0) std::erase_if(share.batch.records, is_for_others);
  return share;
}

}  // namespace outrider::telemetry
