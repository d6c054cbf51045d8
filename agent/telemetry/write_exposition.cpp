// Several sets of families as one text.
#include "agent/telemetry/exposition.hpp"
#include "agent/telemetry/writing/exposition_walk.hpp"

#include <algorithm>

namespace outrider::telemetry {
namespace {

class Writer final : public ExpositionVisitor {
 public:
  Writer(Format format, std::string& out) : open_metrics_(format == Format::open_metrics), out_(out) {}

  void family(const Family& family, Shown shown) override {
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

  void sample(const FamilySet& set, const Sample& sample, Shown shown) override {
    append_series_name(out_, sample.suffix, shown, open_metrics_ ? Format::open_metrics : Format::text);
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

 private:
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

  bool open_metrics_;
  std::string& out_;
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
  std::size_t bytes = 64;
  for (const FamilySet* const set : sets) bytes += set->arena.size() + set->sample_count * 80;
  out.reserve(out.size() + bytes);
  Writer writer(format, out);
  Written written = walk_exposition(sets, format, writer);
  if (format == Format::open_metrics) out += "# EOF\n";
  return written;
}

}  // namespace outrider::telemetry
