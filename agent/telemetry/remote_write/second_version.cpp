#include "agent/telemetry/remote_write/second_version.hpp"

#include "agent/telemetry/remote_write/portion_view.hpp"
#include "agent/telemetry/remote_write/read_portion.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"

#include <optional>
#include <unordered_map>
#include <vector>

#include <protozero/pbf_writer.hpp>

namespace outrider::telemetry::remote_write {
namespace {

using protozero::pbf_writer;

// Texts, each once; the first is empty.
class Symbols {
 public:
  Symbols() { (void)place_of({}); }

  std::uint32_t place_of(std::string_view symbol) {
    const auto [known, is_new] = places_.emplace(symbol, static_cast<std::uint32_t>(list_.size()));
    if (is_new) list_.push_back(symbol);
    return known->second;
  }
  void write(std::string& out) const {
    pbf_writer writer(out);
    for (const std::string_view symbol : list_) writer.add_string(4, symbol.data(), symbol.size());
  }

 private:
  std::unordered_map<std::string_view, std::uint32_t> places_;
  std::vector<std::string_view> list_;
};

class Writer {
 public:
  explicit Writer(const ReadPortion& portion) : portion_(portion) {}

  SecondVersion write() {
    SecondVersion made;
    std::string body;
    for (const ReadSeries& series : portion_.series()) {
      const std::string message = written(series);
      pbf_writer(body).add_message(5, message);
      made.samples += series.samples.size();
      made.exemplars += series.exemplars.size();
    }
    std::string plain;
    symbols_.write(plain);
    plain += body;
    made.packed = packed(plain);
    return made;
  }

 private:
  std::vector<std::uint32_t> references(const std::vector<ReadLabel>& labels) {
    std::vector<std::uint32_t> places;
    for (const auto& [key, value] : labels) {
      places.push_back(symbols_.place_of(key));
      places.push_back(symbols_.place_of(value));
    }
    return places;
  }

  std::string written(const ReadSeries& series) {
    std::string out;
    pbf_writer writer(out);
    const auto labels = references(series.labels);
    writer.add_packed_uint32(1, labels.begin(), labels.end());
    for (const ReadPoint& sample : series.samples) {
      pbf_writer inner(writer, 2);
      inner.add_double(1, sample.value);
      inner.add_int64(2, sample.milliseconds);
    }
    for (const ReadPoint& exemplar : series.exemplars) {
      const auto own = references(exemplar.labels);
      pbf_writer inner(writer, 4);
      inner.add_packed_uint32(1, own.begin(), own.end());
      inner.add_double(2, exemplar.value);
      inner.add_int64(3, exemplar.milliseconds);
    }
    const ReadFamily& family = portion_.family_of(series);
    {
      pbf_writer inner(writer, 5);
      inner.add_uint32(1, family.type);
      inner.add_uint32(3, symbols_.place_of(family.help));
      inner.add_uint32(4, symbols_.place_of(family.unit));
    }
    const std::int64_t created = portion_.created_milliseconds(series);
    if (created != 0) writer.add_int64(6, created);
    return out;
  }

  const ReadPortion& portion_;
  Symbols symbols_;
};

}  // namespace

core::Outcome<SecondVersion> second_version(std::string_view packed_portion) {
  const std::optional<std::string> plain = unpacked(packed_portion, most_portion_bytes);
  if (!plain) return core::fail(core::Errc::corrupt, "cannot unpack a portion of samples");
  const auto portion = ReadPortion::of(*plain);
  if (!portion) return core::fail(portion.error());
  return Writer(*portion).write();
}

}  // namespace outrider::telemetry::remote_write
