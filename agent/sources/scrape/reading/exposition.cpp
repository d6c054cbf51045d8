// The reader of Prometheus text 0.0.4 and OpenMetrics 1.0. One pass over the lines; nothing it keeps is
// larger than the text itself by more than the added labels.
#include "agent/sources/scrape/reading/exposition.hpp"

#include "agent/sources/scrape/reading/exposition_names.hpp"
#include "agent/telemetry/label_block.hpp"
#include "agent/telemetry/number.hpp"
#include "agent/telemetry/utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

namespace outrider::sources {
namespace {

using telemetry::Family;
using telemetry::HashSet;
using telemetry::Labels;
using telemetry::Sample;

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

class Reader {
 public:
  Reader(std::string_view text, Format format, const Labels& added, const ParseLimits& limits)
      : text_(text),
        open_metrics_(format == Format::open_metrics),
        limits_(limits),
        names_(set_, format),
        block_(set_.arena, added),
        seen_(1024) {
    set_.arena.reserve(text.size() / 2);
  }

  core::Outcome<FamilySet> read() {
    // Positions in the arena are 32 bits wide; added labels may make it larger than the text.
    if (text_.size() > (256u << 20))
      return core::fail(core::Errc::exhausted, "cannot read metrics: larger than 256 MiB");
    while (!text_.empty() && problem_.empty()) {
      ++line_;
      const std::size_t end = text_.find('\n');
      rest_ = text_.substr(0, end);
      if (end == std::string_view::npos && open_metrics_) {
        wrong("the last line does not end");
        break;
      }
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
      if (ended_) {
        wrong("there is more after # EOF");
        break;
      }
      read_line();
      if (set_.arena.size() > (1u << 30))
        code_ = core::Errc::exhausted, wrong("the labels take more than 1 GiB");
    }
    if (problem_.empty() && open_metrics_ && !ended_) wrong("# EOF is missing");
    if (problem_.empty()) check_names();
    if (!problem_.empty()) {
      return core::fail(code_, "cannot read metrics: line " + std::to_string(line_) + ": " + problem_);
    }
    for (Family& family : set_.families) arrange(family);
    return std::move(set_);
  }

 private:
  void wrong(std::string_view what) {
    if (problem_.empty()) problem_ = what;
  }
  void too_much(std::string_view what) {
    code_ = core::Errc::exhausted;
    wrong(what);
  }

  void read_line() {
    if (!open_metrics_) {
      if (rest_.ends_with('\r')) rest_.remove_suffix(1);
      skip_blanks();
      if (rest_.empty()) return;
    }
    if (rest_.empty()) return wrong("empty line");
    if (!telemetry::valid_utf8(rest_)) return wrong("not UTF-8");
    if (rest_.front() == '#') return read_comment();
    read_sample();
  }

  // ---- lines that begin with #

  void read_comment() {
    rest_.remove_prefix(1);
    if (open_metrics_ && rest_ == " EOF") {
      ended_ = true;
      return;
    }
    const bool spaced = skip_blanks();
    const std::string_view word = take_until_blank();
    const bool known = spaced && (word == "HELP" || word == "TYPE" || (word == "UNIT" && open_metrics_));
    if (!known) {
      if (open_metrics_) wrong("not HELP, TYPE, UNIT or EOF");
      return;  // text has free comments
    }
    skip_blanks();
    const std::string_view name = take_name(true);
    if (!problem_.empty()) return;
    if (!rest_.empty() && !is_blank(rest_.front()))
      return wrong("a metric name with a character it may not have");
    if (open_metrics_ && !rest_.empty()) {
      rest_.remove_prefix(1);
    } else {
      skip_blanks();
    }
    const std::size_t family = names_.announce(name);
    if (names_.size() > limits_.families) return too_much("more families than allowed");
    if (word == "HELP") return read_help(family);
    if (word == "UNIT") {
      set_.families[family].unit = std::string(rest_);
      if (std::find_if_not(rest_.begin(), rest_.end(), in_name) != rest_.end())
        wrong("a unit that is no word");
      return;
    }
    read_type(family, name);
  }

  void read_help(std::size_t family) {
    std::string help;
    help.reserve(rest_.size());
    for (std::size_t at = 0; at < rest_.size(); ++at) {
      if (rest_[at] != '\\' || at + 1 == rest_.size()) {
        help += rest_[at];
        continue;
      }
      const char next = rest_[++at];
      if (next != 'n' && next != '\\' && !(next == '"' && open_metrics_)) help += '\\';
      help += next == 'n' ? '\n' : next;
    }
    if (!names_.set_help(family, std::move(help))) wrong("a second HELP for this name");
  }

  void read_type(std::size_t family, std::string_view name) {
    struct Word {
      std::string_view text;
      MetricType type;
      bool in_text, in_open_metrics;
    };
    static constexpr std::array<Word, 9> words{{{"counter", MetricType::counter, true, true},
                                                {"gauge", MetricType::gauge, true, true},
                                                {"histogram", MetricType::histogram, true, true},
                                                {"summary", MetricType::summary, true, true},
                                                {"untyped", MetricType::unknown, true, false},
                                                {"unknown", MetricType::unknown, true, true},
                                                {"gaugehistogram", MetricType::gauge_histogram, false, true},
                                                {"info", MetricType::info, false, true},
                                                {"stateset", MetricType::state_set, false, true}}};
    const std::string_view typed = take_until_blank();
    skip_blanks();
    for (const Word& word : words) {
      if (word.text != typed || !(open_metrics_ ? word.in_open_metrics : word.in_text) || !rest_.empty())
        continue;
      if (!names_.set_type(family, name, word.type))
        wrong("a second TYPE for this name, or one after its samples");
      return;
    }
    wrong("a type that is not known");
  }

  // ---- samples

  void read_sample() {
    const std::string_view name = take_name(true);
    if (!problem_.empty()) return;
    const auto place = names_.find(name);
    if (!place) return wrong("a sample that its family's type does not have");
    if (names_.size() > limits_.families) return too_much("more families than allowed");
    Sample sample;
    sample.suffix = place->suffix;
    const MetricType type = set_.families[place->family].type;
    if (!open_metrics_) skip_blanks();
    const std::size_t arena_before = set_.arena.size();
    block_.begin();
    if (take('{')) read_labels(sample, type);
    block_.end(sample);
    if (!problem_.empty()) return;
    if (sample.suffix == Suffix::bucket && !sample.has_bound) return wrong("a bucket without le");
    read_value(sample);
    if (!problem_.empty()) return;
    const std::uint64_t identity = telemetry::mix(sample.identity(), place->family);
    if (!seen_.insert(identity)) {
      ++set_.duplicates;
      set_.arena.resize(arena_before);
      return;
    }
    if (++set_.sample_count > limits_.samples) return too_much("more samples than sample_limit allows");
    set_.families[place->family].samples.push_back(sample);
  }

  void read_labels(Sample& sample, MetricType type) {
    skip_blanks();
    while (!take('}')) {
      const std::string_view name = take_name(false);
      skip_blanks();
      if (problem_.empty() && !take('=')) wrong("a label without =");
      skip_blanks();
      if (problem_.empty() && !take('"')) wrong("a label value without quotes");
      if (problem_.empty()) read_label_value();
      if (!problem_.empty()) return;
      const bool le = name == "le" && sample.suffix == Suffix::bucket;
      const bool quantile =
          name == "quantile" && type == MetricType::summary && sample.suffix == Suffix::none;
      if (le || quantile) {
        const auto bound = telemetry::read_number(value_);
        if (!bound || std::isnan(*bound)) return wrong("a bound that is no number");
        if (std::exchange(sample.has_bound, true)) return wrong("a label that is there twice");
        sample.bound = *bound + 0.0;  // -0 and 0 are one bound
      } else if (!block_.add(name, value_)) {
        return wrong("a label that is there twice");
      }
      if (block_.size() > limits_.labels) return too_much("more labels on one sample than allowed");
      skip_blanks();
      if (take(',')) {
        skip_blanks();
        continue;
      }
      if (!take('}')) return wrong("labels that do not end with }");
      return;
    }
  }

  // Undoes the escapes, into value_.
  void read_label_value() {
    value_.clear();
    std::size_t at = 0;
    for (;; ++at) {
      if (at == rest_.size()) return wrong("a label value that does not end");
      if (rest_[at] == '"') break;
      if (rest_[at] != '\\') {
        value_ += rest_[at];
        continue;
      }
      if (++at == rest_.size()) return wrong("a label value that does not end");
      const char next = rest_[at];
      if (next != 'n' && next != '"' && next != '\\') {
        if (open_metrics_) return wrong("an escape that is not known");
        value_ += '\\';  // as Prometheus itself reads it
      }
      value_ += next == 'n' ? '\n' : next;
    }
    rest_.remove_prefix(at + 1);
    if (value_.size() > limits_.value_bytes) too_much("a label value longer than allowed");
  }

  void read_value(Sample& sample) {
    if (open_metrics_ && !take(' ')) return wrong("a sample without a value");
    if (!open_metrics_) skip_blanks();
    const auto value = telemetry::read_number(take_until_blank());
    if (!value) return wrong("a value that is no number");
    sample.value = *value;
    if (!skip_blanks() || rest_.empty()) {
      if (!rest_.empty()) wrong("something after the value");
      return;
    }
    if (rest_.front() != '#') read_timestamp(sample);
    if (!problem_.empty() || rest_.empty()) return;
    if (!open_metrics_ || !rest_.starts_with("# {")) return wrong("something after the value");
    rest_.remove_prefix(2);
    read_exemplar(sample);
  }

  void read_timestamp(Sample& sample) {
    const auto time = telemetry::read_number(take_until_blank());
    const double limit = open_metrics_ ? 9e15 : 9e18;
    if (!time || !(std::fabs(*time) < limit)) return wrong("a timestamp that is no number");
    if (!open_metrics_ && *time != std::trunc(*time)) return wrong("a timestamp that is not whole");
    sample.milliseconds = static_cast<std::int64_t>(open_metrics_ ? std::round(*time * 1000) : *time);
    skip_blanks();
  }

  // {labels} value [timestamp]: checked, then kept as it is written.
  void read_exemplar(Sample& sample) {
    const std::string_view all = rest_;
    take('{');
    std::size_t characters = 0;
    for (int labels = 0; !take('}'); ++labels) {
      if (labels > 0 && !take(',')) return wrong("an exemplar's labels that do not end");
      const std::string_view name = take_name(false);
      if (problem_.empty() && !(take('=') && take('"'))) wrong("an exemplar's label without a value");
      if (problem_.empty()) read_label_value();
      if (!problem_.empty()) return;
      characters +=
          name.size() + static_cast<std::size_t>(std::count_if(value_.begin(), value_.end(),
                                                               [](char c) { return (c & 0xC0) != 0x80; }));
    }
    if (characters > 128) return wrong("an exemplar with more than 128 characters");
    if (!take(' ') || !telemetry::read_number(take_until_blank()))
      return wrong("an exemplar without a value");
    if (take(' ') && !telemetry::read_number(take_until_blank()))
      return wrong("an exemplar's timestamp that is no number");
    if (!rest_.empty()) return wrong("something after the exemplar");
    sample.exemplar = {static_cast<std::uint32_t>(set_.arena.size()), static_cast<std::uint32_t>(all.size())};
    set_.arena += all;
  }

  // ---- small pieces

  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  bool skip_blanks() {
    const std::size_t before = rest_.size();
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    return rest_.size() != before;
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view take_until_blank() {
    const auto end = std::find_if(rest_.begin(), rest_.end(), is_blank);
    const auto word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    return word;
  }

  std::string_view take_name(bool metric) {
    const auto fits = [metric](char c) { return in_name(c) || (metric && c == ':'); };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), fits);
    const auto name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) {
      wrong(metric ? "a metric name is missing" : "a label name is missing");
    }
    if (name.size() > limits_.name_bytes) too_much("a name longer than allowed");
    rest_.remove_prefix(name.size());
    return name;
  }

  // OpenMetrics' counter x and gauge x_total would both be x_total to us.
  void check_names() {
    if (!open_metrics_) return;
    HashSet names(set_.families.size());
    for (const Family& family : set_.families) {
      if (!names.insert(telemetry::hash_of(family.name)))
        return wrong("two families whose samples have one name: " + family.name);
    }
  }

  // Brings the samples of one series together, its buckets by bound: OpenMetrics allows no other order.
  static void arrange(Family& family) {
    const auto mixed = [](const Sample& sample) { return sample.suffix != Suffix::none || sample.has_bound; };
    if (std::none_of(family.samples.begin(), family.samples.end(), mixed)) return;
    std::unordered_map<std::uint64_t, std::size_t> order;
    for (const Sample& sample : family.samples) order.try_emplace(sample.series, order.size());
    std::stable_sort(family.samples.begin(), family.samples.end(), [&](const Sample& a, const Sample& b) {
      if (a.series != b.series) return order.find(a.series)->second < order.find(b.series)->second;
      if (a.suffix != b.suffix) return a.suffix < b.suffix;
      return a.has_bound && b.has_bound && a.bound < b.bound;
    });
  }

  std::string_view text_;
  std::string_view rest_;  // of the line at hand
  bool open_metrics_;
  ParseLimits limits_;
  FamilySet set_;
  FamilyNames names_;
  telemetry::LabelBlock block_;
  HashSet seen_;
  std::string value_;
  std::string problem_;
  core::Errc code_ = core::Errc::invalid;
  std::uint64_t line_ = 0;
  bool ended_ = false;
};

}  // namespace

core::Outcome<telemetry::FamilySet> parse_exposition(std::string_view text, telemetry::Format format,
                                                     const telemetry::Labels& added,
                                                     const ParseLimits& limits) {
  return Reader(text, format, added, limits).read();
}

}  // namespace outrider::sources
