// Several sets of families become one exposition. The names decide: families of one name are written
// together, whoever they come from.
#include "agent/telemetry/exposition.hpp"
#include "agent/telemetry/label_block.hpp"

#include <algorithm>
#include <span>

namespace outrider::telemetry {
namespace {

struct Part {
  const Family* family;
  std::size_t set;
};

struct Shown {  // how a family is called in the format at hand
  std::string_view name;
  MetricType type;
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

class Writer {
 public:
  Writer(const std::vector<const FamilySet*>& sets, Format format, std::string& out)
      : sets_(sets), open_metrics_(format == Format::open_metrics), out_(out) {
    written_.conflicts.resize(sets.size());
    written_.duplicates.resize(sets.size());
  }

  Written write() {
    std::vector<Part> parts;
    std::size_t bytes = 64;
    for (std::size_t set = 0; set < sets_.size(); ++set) {
      bytes += sets_[set]->arena.size() + sets_[set]->sample_count * 80;
      for (const Family& family : sets_[set]->families) {
        if (!family.samples.empty()) parts.push_back({&family, set});
      }
    }
    out_.reserve(out_.size() + bytes);
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Part& a, const Part& b) { return a.family->name < b.family->name; });
    Names names(parts.size(), open_metrics_);
    for (auto from = parts.begin(); from != parts.end();) {
      const auto to = std::find_if(from, parts.end(),
                                   [&](const Part& part) { return part.family->name != from->family->name; });
      write_group({from, to}, names);
      from = to;
    }
    if (open_metrics_) out_ += "# EOF\n";
    return std::move(written_);
  }

 private:
  void write_group(std::span<const Part> parts, Names& names) {
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
    write_head(first, shown);
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
        write_sample(set, sample, shown);
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

  void write_head(const Family& family, Shown shown) {
    if (!open_metrics_ && shown.type == MetricType::gauge_histogram) return;  // unknown to the text format
    if (!family.help.empty()) {
      head("HELP", shown.name);
      append_help(family.help);
    }
    head("TYPE", shown.name);
    out_ += !open_metrics_ && shown.type == MetricType::unknown ? "untyped" : name_of(shown.type);
    out_ += '\n';
    if (open_metrics_ && !family.unit.empty() && shown.name.ends_with(family.unit)) {
      head("UNIT", shown.name);
      out_ += family.unit;
      out_ += '\n';
    }
  }

  void head(std::string_view word, std::string_view name) {
    out_ += "# ";
    out_ += word;
    out_ += ' ';
    out_ += name;
    out_ += ' ';
  }

  void append_help(std::string_view help) {
    for (const char c : help) {
      if (c == '\n') {
        out_ += "\\n";
      } else {
        if (c == '\\' || (c == '"' && open_metrics_)) out_ += '\\';
        out_ += c;
      }
    }
    out_ += '\n';
  }

  void write_sample(const FamilySet& set, const Sample& sample, Shown shown) {
    if (sample.suffix == Suffix::created && (!open_metrics_ || shown.type == MetricType::unknown)) return;
    ++written_.series;
    out_ += shown.name;
    if (open_metrics_ && sample.suffix == Suffix::none) {
      if (shown.type == MetricType::counter) out_ += "_total";
      if (shown.type == MetricType::info) out_ += "_info";
    }
    out_ += text_of(sample.suffix);
    write_labels(set, sample);
    out_ += ' ';
    append_number(out_, sample.value);
    if (sample.milliseconds != no_timestamp) append_timestamp(sample.milliseconds);
    if (open_metrics_ && sample.exemplar.length != 0 && may_carry_exemplar(sample, shown)) {
      out_ += " # ";
      out_ += set.text(sample.exemplar);
    }
    out_ += '\n';
  }

  void write_labels(const FamilySet& set, const Sample& sample) {
    if (sample.labels.length == 0 && !sample.has_bound) return;
    out_ += '{';
    out_ += set.text(sample.labels);
    if (sample.has_bound) {
      if (sample.labels.length != 0) out_ += ',';
      out_ += sample.suffix == Suffix::bucket ? "le=\"" : "quantile=\"";
      if (open_metrics_) {
        append_canonical(out_, sample.bound);
      } else {
        append_number(out_, sample.bound);
      }
      out_ += '"';
    }
    out_ += '}';
  }

  static bool may_carry_exemplar(const Sample& sample, Shown shown) {
    return sample.suffix == Suffix::bucket ||
           (shown.type == MetricType::counter && sample.suffix == Suffix::none);
  }

  void append_timestamp(std::int64_t milliseconds) {
    out_ += ' ';
    if (!open_metrics_) {
      out_ += std::to_string(milliseconds);
      return;
    }
    const std::uint64_t size = milliseconds < 0 ? 0 - static_cast<std::uint64_t>(milliseconds)
                                                : static_cast<std::uint64_t>(milliseconds);
    if (milliseconds < 0) out_ += '-';
    out_ += std::to_string(size / 1000);
    if (size % 1000 != 0) out_ += '.' + std::to_string(1000 + size % 1000).substr(1);
  }

  const std::vector<const FamilySet*>& sets_;
  bool open_metrics_;
  std::string& out_;
  Written written_;
};

}  // namespace

std::string_view content_type(Format format) {
  return format == Format::text ? "text/plain; version=0.0.4; charset=utf-8"
                                : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string_view name_of(Format format) { return format == Format::text ? "text" : "openmetrics"; }

Format format_of(std::string_view content_type) {
  constexpr std::string_view open_metrics = "application/openmetrics-text";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const std::string_view media = content_type.substr(0, std::min(content_type.size(), open_metrics.size()));
  const bool it_is = std::equal(media.begin(), media.end(), open_metrics.begin(), open_metrics.end(), same);
  return it_is ? Format::open_metrics : Format::text;
}

Written write_exposition(const std::vector<const FamilySet*>& sets, Format format, std::string& out) {
  return Writer(sets, format, out).write();
}

}  // namespace outrider::telemetry
