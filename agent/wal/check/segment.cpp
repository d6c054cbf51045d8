#include "agent/wal/check/segment.hpp"

#include "agent/wal/check/walk.hpp"

namespace outrider::wal {

SegmentReport check_segment(std::string_view bytes, const Expected& expected) {
  SegmentReport report;
  report.fault = check_first_page(bytes, expected);
  if (!report.fault) Walk(bytes, expected, report).run();
  return report;
}

}  // namespace outrider::wal
