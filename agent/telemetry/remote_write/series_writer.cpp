#include "agent/telemetry/remote_write/series_writer.hpp"

#include "agent/telemetry/number.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <protozero/buffer_string.hpp>
#include <protozero/varint.hpp>

namespace outrider::telemetry::remote_write {
namespace {

using protozero::add_varint_to_buffer;

constexpr std::uint64_t with_length(std::uint32_t field) { return field << 3 | 2u; }
constexpr std::uint64_t with_varint(std::uint32_t field) { return field << 3; }
constexpr std::uint64_t with_eight_bytes(std::uint32_t field) { return field << 3 | 1u; }

std::size_t length_of(std::uint64_t number) {
  return static_cast<std::size_t>(protozero::length_of_varint(number));
}
// Of a field with a number below 16.
std::size_t length_of_text(std::string_view text) { return 1 + length_of(text.size()) + text.size(); }

void put_text(std::string& out, std::uint32_t field, std::string_view text) {
  add_varint_to_buffer(&out, with_length(field));
  add_varint_to_buffer(&out, text.size());
  out += text;
}

void put_label(std::string& out, std::string_view name, std::string_view value) {
  add_varint_to_buffer(&out, with_length(1));
  add_varint_to_buffer(&out, length_of_text(name) + length_of_text(value));
  put_text(out, 1, name);
  put_text(out, 2, value);
}

std::size_t length_of_label(std::string_view name, std::string_view value) {
  const std::size_t inside = length_of_text(name) + length_of_text(value);
  return 1 + length_of(inside) + inside;
}

void put_value(std::string& out, std::uint32_t field, std::uint64_t bits) {
  add_varint_to_buffer(&out, with_eight_bytes(field));
  for (int byte = 0; byte < 8; ++byte, bits >>= 8) out += static_cast<char>(bits & 0xff);
}

void put_number(std::string& out, std::uint32_t field, std::uint64_t number) {
  add_varint_to_buffer(&out, with_varint(field));
  add_varint_to_buffer(&out, number);
}

// Behind the closing brace of `text`, which may stand in a value, too.
std::size_t end_of_block(std::string_view text) {
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && inside) {
      ++at;
    } else if (text[at] == '"') {
      inside = !inside;
    } else if (text[at] == '}' && !inside) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

std::uint64_t bits_of(double value) {
  return std::isnan(value) ? nan_bits : std::bit_cast<std::uint64_t>(value);
}

void SeriesWriter::read_block(std::string_view block, std::vector<Pair>& into) {
  while (!block.empty()) {
    const std::size_t equals = block.find("=\"");
    if (equals == std::string_view::npos) return;
    const std::string_view name = block.substr(0, equals);
    std::size_t end = equals + 2;
    bool is_escaped = false;
    for (; end < block.size() && block[end] != '"'; ++end) {
      if (block[end] != '\\') continue;
      is_escaped = true;
      ++end;
    }
    std::string_view value = block.substr(equals + 2, end - equals - 2);
    block.remove_prefix(std::min(end + 2, block.size()));  // the quote, and a comma
    if (is_escaped) {
      std::string& plain = unescaped_.emplace_back();
      for (std::size_t at = 0; at < value.size(); ++at) {
        const bool is_bent = value[at] == '\\' && at + 1 < value.size();
        if (is_bent) ++at;
        plain += is_bent && value[at] == 'n' ? '\n' : value[at];
      }
      value = plain;
    }
    if (!value.empty()) into.push_back({name, value});
  }
}

bool SeriesWriter::has(std::string_view name) const {
  return std::ranges::find(labels_, name, &Pair::name) != labels_.end();
}

bool SeriesWriter::write(std::string& out, std::string_view name, std::string_view block,
                         std::string_view bound_name, std::string_view bound, const Point& point) {
  labels_.clear();
  unescaped_.clear();
  read_block(block, labels_);
  if (has("__name__")) return false;
  for (const Label& label : added_) {
    if (!has(label.name)) labels_.push_back({label.name, label.value});
  }
  if (!bound.empty()) labels_.push_back({bound_name, bound});
  labels_.push_back({"__name__", name});
  std::ranges::sort(labels_, {}, &Pair::name);
  std::size_t length = 0;
  for (const Pair& label : labels_) length += length_of_label(label.name, label.value);
  const auto time = static_cast<std::uint64_t>(point.milliseconds);
  const std::size_t of_sample = 9 + 1 + length_of(time);
  length += 1 + length_of(of_sample) + of_sample;
  std::string exemplar;
  if (!point.exemplar.empty()) write_exemplar(exemplar, point.exemplar, point.milliseconds);
  add_varint_to_buffer(&out, with_length(1));
  add_varint_to_buffer(&out, length + exemplar.size());
  for (const Pair& label : labels_) put_label(out, label.name, label.value);
  add_varint_to_buffer(&out, with_length(2));
  add_varint_to_buffer(&out, of_sample);
  put_value(out, 1, point.value_bits);
  put_number(out, 2, time);
  out += exemplar;
  return true;
}

// {trace_id="…"} 1.5 1700000000.123; without a time, that of its sample.
void SeriesWriter::write_exemplar(std::string& out, std::string_view text, std::int64_t milliseconds) {
  const std::size_t end = end_of_block(text);
  if (end == std::string_view::npos) return;
  exemplar_labels_.clear();
  read_block(text.substr(1, end - 2), exemplar_labels_);
  std::ranges::sort(exemplar_labels_, {}, &Pair::name);
  std::string_view rest = text.substr(end);
  const auto value = read_number(next_word(rest));
  const auto seconds = read_number(next_word(rest));
  if (!value) return;
  if (seconds && std::abs(*seconds) < 1e15) milliseconds = std::llround(*seconds * 1000);
  std::string inside;
  for (const Pair& label : exemplar_labels_) put_label(inside, label.name, label.value);
  put_value(inside, 2, bits_of(*value));
  put_number(inside, 3, static_cast<std::uint64_t>(milliseconds));
  put_text(out, 3, inside);
}

void SeriesWriter::write_family(std::string& out, const Family& family) {
  std::string inside;
  put_number(inside, 1, static_cast<std::uint64_t>(family.type));
  put_text(inside, 2, family.name);
  if (!family.help.empty()) put_text(inside, 4, family.help);
  if (!family.unit.empty()) put_text(inside, 5, family.unit);
  put_text(out, 3, inside);
}

}  // namespace outrider::telemetry::remote_write
