// Several sets of families become one exposition. The names decide: families of one name are shown together,
// whoever they come from.
#include "agent/telemetry/writing/exposition_walk.hpp"

#include "agent/telemetry/label_block.hpp"

#include <algorithm>
#include <span>

namespace outrider::telemetry {
namespace {

struct Part {
  const Family* family;
  std::size_t set;
};

std::string_view without(std::string_view name, std::string_view ending) {
  return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name;
}

// What a family's samples may be called beside its own name. To the text format counters are what they are
// called, and nothing has a time of creation.
std::span<const std::string_view> endings_of(MetricType type, bool open_metrics) {
  static constexpr std::string_view plain[] = {""};
  static constexpr std::string_view counter[] = {"", "_total", "_created"};
  static constexpr std::string_view histogram[] = {"", "_bucket", "_count", "_sum", "_created"};
  static constexpr std::string_view gauge_histogram[] = {"", "_bucket", "_gcount", "_gsum"};
  static constexpr std::string_view summary[] = {"", "_count", "_sum", "_created"};
  static constexpr std::string_view info[] = {"", "_info"};
  const auto but_created = [&](std::span<const std::string_view> all) {
    return open_metrics ? all : all.first(all.size() - 1);
  };
  switch (type) {
    case MetricType::counter: return open_metrics ? counter : std::span<const std::string_view>(plain);
    case MetricType::histogram: return but_created(histogram);
    case MetricType::gauge_histogram: return gauge_histogram;
    case MetricType::summary: return but_created(summary);
    case MetricType::info: return info;
    default: return plain;
  }
}

// Names that are spoken for: a family owns its name and every name its samples may have. Without this a
// target that calls something x_count beside a histogram x would bring a page on which one series stands
// twice.
class Names {
 public:
  Names(std::size_t families, bool open_metrics) : taken_(families * 4), open_metrics_(open_metrics) {}

  bool take(Shown shown) {
    const auto endings = endings_of(shown.type, open_metrics_);
    for (const std::string_view ending : endings) {
      if (taken_.holds(hash(shown.name, ending))) return false;
    }
    for (const std::string_view ending : endings) taken_.insert(hash(shown.name, ending));
    return true;
  }

 private:
  std::uint64_t hash(std::string_view name, std::string_view ending) {
    text_.assign(name);
    text_ += ending;
    return hash_of(text_);
  }

  std::string text_;
  HashSet taken_;
  bool open_metrics_;
};

class Walk {
 public:
  Walk(const std::vector<const FamilySet*>& sets, Format format, ExpositionVisitor& visitor)
      : sets_(sets), open_metrics_(format == Format::open_metrics), visitor_(visitor) {
    written_.conflicts.resize(sets.size());
    written_.duplicates.resize(sets.size());
  }

  Written go() {
    std::vector<Part> parts;
    for (std::size_t set = 0; set < sets_.size(); ++set) {
      for (const Family& family : sets_[set]->families) {
        if (!family.samples.empty()) parts.push_back({&family, set});
      }
    }
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Part& a, const Part& b) { return a.family->name < b.family->name; });
    Names names(parts.size(), open_metrics_);
    for (auto from = parts.begin(); from != parts.end();) {
      const auto to = std::find_if(from, parts.end(),
                                   [&](const Part& part) { return part.family->name != from->family->name; });
      show_group({from, to}, names);
      from = to;
    }
    return std::move(written_);
  }

 private:
  void show_group(std::span<const Part> parts, Names& names) {
    const Family& first = *parts.front().family;
    Shown shown = shown_as(first);
    if (!names.take(shown)) {
      // A Go program's x (gauge) and x_total (counter): under its full name and without a type it still fits.
      shown = {first.name, MetricType::unknown};
      if (!is_single(first.type) || !names.take(shown)) {
        for (const Part& part : parts) ++written_.conflicts[part.set];
        return;
      }
    }
    visitor_.family(first, shown);
    HashSet seen(parts.size() > 1 ? first.samples.size() : 0);
    for (const Part& part : parts) {
      if (part.family->type != first.type) {
        ++written_.conflicts[part.set];
        continue;
      }
      const FamilySet& set = *sets_[part.set];
      for (const Sample& sample : part.family->samples) {
        if (&part != &parts.front() && seen.holds(sample.series)) {
          ++written_.duplicates[part.set];
          continue;
        }
        show(set, sample, shown);
      }
      if (&part == &parts.back()) break;
      for (const Sample& sample : part.family->samples) seen.insert(sample.series);
    }
  }

  // One sample a series, named like the family: what can be shown without its type.
  static bool is_single(MetricType type) {
    return type != MetricType::histogram && type != MetricType::gauge_histogram &&
           type != MetricType::summary;
  }

  Shown shown_as(const Family& family) const {
    const std::string_view name = family.name;
    if (open_metrics_) {
      // A counter that does not end in _total cannot be one here; renaming it would break who reads it.
      if (family.type == MetricType::counter) {
        if (!name.ends_with("_total") || name.size() == 6) return {name, MetricType::unknown};
        return {without(name, "_total"), MetricType::counter};
      }
      if (family.type == MetricType::info) return {without(name, "_info"), MetricType::info};
      return {name, family.type};
    }
    if (family.type == MetricType::info || family.type == MetricType::state_set)
      return {name, MetricType::gauge};
    return {name, family.type};
  }

  void show(const FamilySet& set, const Sample& sample, Shown shown) {
    if (sample.suffix == Suffix::created && (!open_metrics_ || shown.type == MetricType::unknown)) return;
    ++written_.series;
    visitor_.sample(set, sample, shown);
  }

  const std::vector<const FamilySet*>& sets_;
  bool open_metrics_;
  ExpositionVisitor& visitor_;
  Written written_;
};

}  // namespace

Written walk_exposition(const std::vector<const FamilySet*>& sets, Format format,
                        ExpositionVisitor& visitor) {
  return Walk(sets, format, visitor).go();
}

void append_series_name(std::string& out, Suffix suffix, Shown shown, Format format) {
  out += shown.name;
  if (format == Format::open_metrics && suffix == Suffix::none) {
    if (shown.type == MetricType::counter) out += "_total";
    if (shown.type == MetricType::info) out += "_info";
  }
  out += text_of(suffix);
}

}  // namespace outrider::telemetry
