#include "agent/telemetry/record.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace outrider::telemetry {

std::string_view Shelter::keep(std::string_view text, std::vector<ChunkPointer>& held) {
  if (!current_ || current_->room() < text.size()) {
    current_ = std::make_shared<Chunk>(std::max(chunk_bytes_, text.size()));
  }
  if (held.empty() || held.back() != current_) held.push_back(current_);
  char* const at = current_->end();
  std::memcpy(at, text.data(), text.size());
  current_->grow(text.size());
  return {at, text.size()};
}

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::unspecified: return "";
    case Severity::trace: return "trace";
    case Severity::debug: return "debug";
    case Severity::info: return "info";
    case Severity::warn: return "warn";
    case Severity::error: return "error";
    case Severity::fatal: return "fatal";
  }
  return "";
}

Severity read_severity(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, Severity>, 24> words{{
      {"trace", Severity::trace},      {"verbose", Severity::trace},
      {"debug", Severity::debug},      {"dbg", Severity::debug},
      {"d", Severity::debug},          {"info", Severity::info},
      {"information", Severity::info}, {"informational", Severity::info},
      {"notice", Severity::info},      {"inf", Severity::info},
      {"i", Severity::info},           {"warn", Severity::warn},
      {"warning", Severity::warn},     {"wrn", Severity::warn},
      {"w", Severity::warn},           {"error", Severity::error},
      {"err", Severity::error},        {"e", Severity::error},
      {"fatal", Severity::fatal},      {"critical", Severity::fatal},
      {"crit", Severity::fatal},       {"panic", Severity::fatal},
      {"alert", Severity::fatal},      {"emergency", Severity::fatal},
  }};
  const auto same = [](char typed, char known) {
    return (typed >= 'A' && typed <= 'Z' ? typed + 32 : typed) == known;
  };
  for (const auto& [known, severity] : words) {
    if (std::equal(word.begin(), word.end(), known.begin(), known.end(), same)) return severity;
  }
  return Severity::unspecified;
}

namespace {

// FNV-1a with a last mixing of all bits. Written to disks and indices everywhere: it must never change.
std::uint64_t add_to_hash(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ 0xff) * 0x100000001b3;  // no byte of UTF-8: the texts' borders count
}

std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace

std::uint64_t stream_key(std::string_view installation, std::string_view stream, std::uint32_t generation) {
  std::uint64_t hash = add_to_hash(0xcbf29ce484222325, installation);
  hash = add_to_hash(hash, stream);
  return mixed(hash ^ (std::uint64_t{generation} << 32 | generation));
}

std::uint32_t seconds_of(core::WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, 0xffffffff));
}

// 4 bytes of time, 6 of the stream's key, 5 of offset (a TiB), as base64url.
void append_document_id(std::string& out, const Origin& origin) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::uint64_t key = origin.stream & 0xffffffffffff;
  const std::uint64_t high = std::uint64_t{origin.began_seconds} << 28 | key >> 20;  // 60 bits
  const std::uint64_t low = (key & 0xfffff) << 40 | (origin.offset & 0xffffffffff);  // 60 bits
  char text[document_id_length];
  for (int i = 0; i < 10; ++i) {
    text[i] = letters[high >> (54 - 6 * i) & 63];
    text[10 + i] = letters[low >> (54 - 6 * i) & 63];
  }
  out.append(text, sizeof text);
}

void append_line_with_id(std::string& out, const Record& record) {
  const std::string_view text = record.text;
  const bool is_object = text.size() >= 2 && text.front() == '{' && text.back() == '}';
  if (is_object) {
    out += text.substr(0, text.size() - 1);
    if (text.size() > 2) out += ',';
    out += id_member;
    append_document_id(out, record.origin);
    out += "\"}\n";
  } else {
    out += text;
    out += '\n';
  }
}

void Acknowledgement::settle(Fate fate) {
  worst_ = std::max(worst_, fate);
  if (open_ == 0) return;
  --open_;
  if (open_ > 0) return;
  if (settled_) settled_(worst_);
}

std::uint64_t Batch::weight() const {
  std::uint64_t total = sizeof(Batch) + records.size() * sizeof(Record);
  for (const Record& record : records) total += record.text.size();
  return total;
}

std::uint64_t Batch::count() const {
  std::uint64_t total = 0;
  for (const Record& record : records) total += record.count;
  return total;
}

std::uint64_t Batch::bytes() const {
  std::uint64_t total = 0;
  for (const Record& record : records) total += record.bytes;
  return total;
}

}  // namespace outrider::telemetry
