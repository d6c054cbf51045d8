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

void Acknowledgement::settle(Fate fate) {
  if (fate == Fate::dropped) worst_ = Fate::dropped;
  if (open_ == 0 || --open_ > 0) return;
  if (settled_) settled_(worst_);
}

std::uint64_t Batch::weight() const {
  std::uint64_t total = sizeof(Batch) + records.size() * sizeof(Record);
  for (const Record& record : records) total += record.text.size();
  return total;
}

std::uint64_t Batch::bytes() const {
  std::uint64_t total = 0;
  for (const Record& record : records) total += record.bytes;
  return total;
}

}  // namespace outrider::telemetry
