#include "agent/sinks/file/held.hpp"

#include "agent/core/number.hpp"
#include "agent/lines/json.hpp"

#include <algorithm>
#include <optional>

namespace outrider::sinks::file {
namespace {

constexpr std::uint64_t piece_bytes = 1u << 20;
// So many records in a row that were not there: what could come twice is behind us.
constexpr std::uint64_t patience_records = 200'000;

// The value of the last member of this name; it is among the last of a document, so it is looked for from
// behind.
std::optional<std::string_view> number_of(std::string_view document, std::string_view name) {
  const std::size_t at = document.rfind(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = document.substr(at + name.size());
  return rest.substr(0, rest.find_first_not_of("0123456789"));
}

std::optional<std::string_view> text_of(std::string_view document, std::string_view name) {
  const std::size_t at = document.rfind(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t from = at + name.size();  // behind its quote
  std::size_t end = from;
  while (end < document.size() && document[end] != '"') end += document[end] == '\\' ? 2 : 1;
  if (end >= document.size()) return std::nullopt;
  return document.substr(from - 1, end + 2 - from);
}

}  // namespace

Held Held::read(os::Files& files, const std::string& path, std::uint32_t keep) {
  Held held;
  std::uint64_t left = window_bytes;
  left -= held.look_through(files, path, left);
  for (std::uint32_t number = 1; number <= keep && left > 0; ++number) {
    const std::uint64_t looked = held.look_through(files, path + "." + std::to_string(number), left);
    if (looked == 0) break;
    left -= looked;
  }
  for (auto& [part, offsets] : held.places_) std::sort(offsets.begin(), offsets.end());
  return held;
}

// Says how many bytes it has seen. What cannot be read is as if it were not there: a file may be written
// without being readable.
std::uint64_t Held::look_through(os::Files& files, const std::string& path, std::uint64_t most_bytes) {
  const auto size = files.size_of(path);
  if (!size || *size == 0) return 0;
  const std::uint64_t begin = *size - std::min(*size, most_bytes);
  std::string rest;  // of a line that goes on in the next piece
  bool whole = begin == 0;
  for (std::uint64_t at = begin; at < *size;) {
    const auto piece = files.read_part(path, at, piece_bytes);
    if (!piece || piece->empty()) break;
    at += piece->size();
    rest += *piece;
    std::size_t from = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', from)) {
      if (whole) note(std::string_view(rest).substr(from, end - from));
      whole = true;
      from = end + 1;
    }
    rest.erase(0, from);
  }
  return *size - begin;
}

void Held::note(std::string_view document) {
  const auto path = text_of(document, ",\"log.file.path\":\"");
  const auto generation = number_of(document, ",\"log.generation\":");
  const auto offset = number_of(document, ",\"log.offset\":");
  if (!path || !generation || !offset || !document.ends_with('}')) return;
  const auto number = core::read_number<std::uint32_t>(*generation);
  const auto place = core::read_number<std::uint64_t>(*offset);
  if (!number || !place) return;
  std::string buffer;
  places_[{std::string(lines::string_value(*path, buffer)), *number}].push_back(*place);
}

bool Held::has(std::string_view stream, const telemetry::Origin& origin) const {
  const auto part = places_.find({std::string(stream), origin.generation});
  if (part == places_.end()) return false;
  return std::binary_search(part->second.begin(), part->second.end(), origin.offset);
}

void Held::looked_for(std::uint64_t records, bool found) {
  missed_ = found ? 0 : missed_ + records;
  if (missed_ > patience_records) places_.clear();
}

}  // namespace outrider::sinks::file
