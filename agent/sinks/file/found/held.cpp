#include "agent/sinks/file/found/held.hpp"

#include <algorithm>

namespace outrider::sinks::file {
namespace {

constexpr std::uint64_t piece_bytes = 1u << 20;
// So many records in a row that were not there, for so long: what could come twice is behind us. A file that
// is looked for, or cannot be opened, may be read late.
constexpr std::uint64_t patience_records = 200'000;
constexpr core::Duration patience = std::chrono::minutes(10);

}  // namespace

Held Held::read(os::Files& files, const std::string& path, std::uint32_t keep) {
  Held held;
  std::uint64_t left = window_bytes;
  left -= held.look_through(files, path, left);
  // A rotation that was cut off has left a gap among the numbers; behind it they go on.
  for (std::uint32_t number = 1; number <= keep && left > 0; ++number) {
    left -= held.look_through(files, path + "." + std::to_string(number), left);
  }
  std::sort(held.ids_.begin(), held.ids_.end());
  held.ours_ = !held.ids_.empty();
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

// The id is the last member, and has always the same length.
void Held::note(std::string_view document) {
  constexpr std::string_view end = "\"}";
  constexpr std::size_t tail = telemetry::id_member.size() + telemetry::document_id_length + end.size();
  if (document.size() < tail || !document.ends_with(end)) return;
  document.remove_prefix(document.size() - tail);
  if (!document.starts_with(telemetry::id_member)) return;
  document.remove_prefix(telemetry::id_member.size());
  std::copy_n(document.begin(), telemetry::document_id_length, ids_.emplace_back().begin());
}

bool Held::has(const telemetry::Origin& origin) const {
  std::string text;
  telemetry::append_document_id(text, origin);
  Id id;
  std::copy_n(text.begin(), id.size(), id.begin());
  return std::binary_search(ids_.begin(), ids_.end(), id);
}

void Held::looked_for(std::uint64_t records, bool found, core::Instant now) {
  missed_ = found ? 0 : missed_ + records;
  if (found || !quiet_since_) quiet_since_ = now;
  if (missed_ > patience_records && now - *quiet_since_ >= patience) std::vector<Id>().swap(ids_);
}

}  // namespace outrider::sinks::file
