#include "agent/telemetry/remote_write/portions.hpp"

#include "agent/telemetry/label_block.hpp"
#include "agent/telemetry/remote_write/series_writer.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"
#include "agent/telemetry/writing/exposition_walk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace outrider::telemetry::remote_write {
namespace {

constexpr Format format = Format::open_metrics;  // names and bounds as Prometheus has them when it scrapes us

std::vector<const FamilySet*> views_of(const std::vector<FamilySetPointer>& sets) {
  std::vector<const FamilySet*> plain;
  for (const FamilySetPointer& set : sets) plain.push_back(set.get());
  return plain;
}

std::uint64_t samples_in(const std::vector<FamilySetPointer>& sets) {
  std::uint64_t samples = 0;
  for (const FamilySetPointer& set : sets) samples += set->sample_count;
  return samples;
}

}  // namespace

class PortionWriter::Encoding final : public ExpositionVisitor {
 public:
  Encoding(const View& view, PortionBounds bounds, const Known& before, std::size_t samples, std::int64_t now)
      : view_(view), bounds_(bounds), before_(before), seen_(samples), now_(now), writer_(view.labels) {}

  void family(const Family& family, Shown shown) override {
    family_ = &family;
    is_written_ = false;
    hash_ = hash_of(shown.name);
    name_suffix_.reset();
  }

  void sample(const FamilySet& set, const Sample& sample, Shown shown) override {
    call_it(sample.suffix, shown);
    if (!is_wanted_) return;
    const std::uint64_t id = mix(hash_, sample.identity());
    if (is_over_) {
      if (sample.milliseconds == no_timestamp && !seen_.holds(id)) put(set, sample, {stale_bits, now_});
      return;
    }
    seen_.insert(id);
    SeriesWriter::Point point{bits_of(sample.value), now_};
    if (sample.milliseconds != no_timestamp || sample.exemplar.length != 0) {
      if (!is_news(id, set, sample, point)) return;
    }
    put(set, sample, point);
  }

  // From now on: what is shown was shown before, and those that were not seen since are over.
  void is_over() { is_over_ = true; }

  std::vector<Portion> take() {
    end_portion();
    return std::move(portions_);
  }
  Known take_known() { return std::move(known_); }

 private:
  void call_it(Suffix suffix, Shown shown) {
    if (name_suffix_ == suffix) return;
    name_suffix_ = suffix;
    name_.clear();
    append_series_name(name_, suffix, shown, format);
    is_wanted_ = takes(view_, name_);
  }

  // What it dates itself goes once, and so does an exemplar.
  bool is_news(std::uint64_t id, const FamilySet& set, const Sample& sample, SeriesWriter::Point& point) {
    const auto found = before_.find(id);
    const Before before = found == before_.end() ? Before() : found->second;
    Before& now = known_[id];
    if (sample.milliseconds != no_timestamp) point.milliseconds = sample.milliseconds;
    now.milliseconds = std::max(before.milliseconds, sample.milliseconds);
    if (sample.exemplar.length != 0) {
      now.exemplar = hash_of(set.text(sample.exemplar));
      if (now.exemplar != before.exemplar) point.exemplar = set.text(sample.exemplar);
    }
    return sample.milliseconds == no_timestamp || sample.milliseconds > before.milliseconds;
  }

  void put(const FamilySet& set, const Sample& sample, const SeriesWriter::Point& point) {
    const bool is_full = samples_ >= bounds_.samples || plain_.size() >= bounds_.bytes;
    const std::uint64_t whole = mix(hash_, sample.series);  // a histogram is not cut in two
    if (is_full && (whole != whole_ || samples_ >= 2 * bounds_.samples)) end_portion();
    whole_ = whole;
    if (!is_written_) SeriesWriter::write_family(plain_, *family_);
    is_written_ = true;
    bound_.clear();
    if (sample.has_bound) append_canonical(bound_, sample.bound);
    const bool is_fine = writer_.write(plain_, name_, set.text(sample.labels),
                                       sample.suffix == Suffix::bucket ? "le" : "quantile", bound_, point);
    if (is_fine) ++samples_;
  }

  void end_portion() {
    if (samples_ > 0) portions_.push_back({packed(plain_), samples_, plain_.size()});
    plain_.clear();
    samples_ = 0;
    is_written_ = false;
  }

  const View& view_;
  PortionBounds bounds_;
  const Known& before_;
  Known known_;
  HashSet seen_;
  std::int64_t now_;
  SeriesWriter writer_;
  std::string plain_, name_, bound_;
  std::uint32_t samples_ = 0;
  std::vector<Portion> portions_;
  const Family* family_ = nullptr;
  std::uint64_t hash_ = 0, whole_ = 0;
  std::optional<Suffix> name_suffix_;
  bool is_written_ = false;  // the family, in this portion
  bool is_wanted_ = true;
  bool is_over_ = false;
};

PortionWriter::PortionWriter(View view, PortionBounds bounds) : view_(std::move(view)), bounds_(bounds) {}

std::vector<Portion> PortionWriter::write(std::vector<FamilySetPointer> sets, std::int64_t milliseconds) {
  Encoding encoding(view_, bounds_, known_, samples_in(sets), milliseconds);
  walk_exposition(views_of(sets), format, encoding);
  encoding.is_over();
  walk_exposition(views_of(shown_), format, encoding);
  known_ = encoding.take_known();
  shown_ = std::move(sets);
  return encoding.take();
}

}  // namespace outrider::telemetry::remote_write
