// One series with one sample, and what is known of its family, as remote write 1.0 has them in a request:
// messages that can stand one behind the other.
#pragma once

#include "agent/telemetry/metrics.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry::remote_write {

// Prometheus' own: "no more of this series", and "not a number" that does not mean that.
inline constexpr std::uint64_t stale_bits = 0x7ff0000000000002;
inline constexpr std::uint64_t nan_bits = 0x7ff8000000000001;

std::uint64_t bits_of(double value);

class SeriesWriter {
 public:
  // `added`: for series that do not carry them.
  explicit SeriesWriter(Labels added) : added_(std::move(added)) {}

  struct Point {
    std::uint64_t value_bits = 0;
    std::int64_t milliseconds = 0;
    std::string_view exemplar{};  // as an exposition has it, or nothing
  };

  // `block`: a="b",c="d", escaped; `bound`: of a bucket or a quantile, as text, or nothing. False, and
  // nothing is written, for a series that calls itself by a second name.
  bool write(std::string& out, std::string_view name, std::string_view block, std::string_view bound_name,
             std::string_view bound, const Point& point);

  static void write_family(std::string& out, const Family& family);

 private:
  struct Pair {
    std::string_view name;
    std::string_view value;
  };

  void read_block(std::string_view block, std::vector<Pair>& into);
  bool has(std::string_view name) const;
  void write_exemplar(std::string& out, std::string_view text, std::int64_t milliseconds);

  Labels added_;
  std::vector<Pair> labels_, exemplar_labels_;
  std::deque<std::string> unescaped_;
};

}  // namespace outrider::telemetry::remote_write
