// Makes a FamilySet of what is read here rather than scraped: family by family, sample by sample.
//   const auto size = writer.family("node_filesystem_size_bytes", MetricType::gauge, "Filesystem size.");
//   writer.put(size, 4096, {{"mountpoint", "/"}});
#pragma once

#include "agent/telemetry/label_block.hpp"
#include "agent/telemetry/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outrider::telemetry {

struct LabelView {
  std::string_view name;
  std::string_view value;  // what is not UTF-8 in it is replaced
};

struct BucketView {
  double bound = 0;
  std::uint64_t count = 0;      // of all up to it
  std::string_view exemplar{};  // as it is written: {trace_id="…"} 1.5 1700000000.123; or nothing
};

struct HistogramView {
  std::span<const BucketView> buckets;  // by bound; the last without one: +Inf
  double sum = 0;
};

class FamilyWriter {
 public:
  using Place = std::size_t;

  // `added` goes on each sample that does not carry it itself.
  explicit FamilyWriter(const Labels& added = {});
  FamilyWriter(const FamilyWriter&) = delete;
  FamilyWriter& operator=(const FamilyWriter&) = delete;

  // Opens a family, or finds it again by its name. `unit`: that its name ends with, or nothing.
  Place family(std::string_view name, MetricType type, std::string_view help, std::string_view unit = {});

  // A series that is there already is left out, and counted.
  void put(Place family, double value, std::initializer_list<LabelView> labels = {}) {
    put_labelled(family, value, {labels.begin(), labels.size()});
  }
  void put_labelled(Place family, double value, std::span<const LabelView> labels) {
    put_part(family, {}, value, labels);
  }
  void put_histogram(Place family, const HistogramView& histogram, std::span<const LabelView> labels);

  // Of a summary, or of a histogram whose counts are no whole numbers: a quantile or a bucket with its bound,
  // the sum, the count. Those of one series together, by bound.
  struct Part {
    Suffix suffix = Suffix::none;
    std::optional<double> bound{};
    std::string_view exemplar{};  // as a BucketView has it
  };
  void put_part(Place family, Part part, double value, std::span<const LabelView> labels);

  // What was written, families without samples left out. Nothing can be put any more.
  FamilySet take();

 private:
  // With the labels in the arena; nothing: its series is there already.
  std::optional<Sample> begin(Place family, Part part, std::span<const LabelView> labels);
  void exemplify(Sample& sample, std::string_view exemplar);
  void add(Place family, const Sample& sample);

  FamilySet set_;
  LabelBlock block_;
  std::map<std::string, Place, std::less<>> places_;
  HashSet seen_;
};

}  // namespace outrider::telemetry
