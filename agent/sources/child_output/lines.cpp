#include "agent/sources/child_output/lines.hpp"

#include "agent/telemetry/utf8.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace outrider::sources::child_output {
namespace {

// A quiet child costs little memory, a busy one gets the room that makes large reads.
constexpr std::size_t quiet_chunk = 16 * 1024;
constexpr std::size_t busy_chunk = 256 * 1024;
constexpr std::size_t least_room = 4 * 1024;

}  // namespace

std::span<char> Lines::room() {
  if (!chunk_ || chunk_->room() < least_room) {
    const std::size_t held = chunk_ ? chunk_->used() - line_start_ : 0;
    const std::size_t wanted = std::max(busy_ ? busy_chunk : quiet_chunk, held * 2 + least_room);
    auto fresh = std::make_shared<telemetry::Chunk>(wanted);
    if (held > 0) {
      std::memcpy(fresh->end(), chunk_->from(line_start_).data(), held);
      fresh->grow(held);
    }
    searched_ -= line_start_;
    line_start_ = 0;
    chunk_ = std::move(fresh);
  }
  return {chunk_->end(), chunk_->room()};
}

telemetry::Batch Lines::took(std::size_t count, core::WallTime now) {
  busy_ = count == chunk_->room();
  chunk_->grow(count);
  telemetry::Batch batch;
  for (;;) {
    const std::string_view fresh = chunk_->from(searched_);
    const std::size_t at = fresh.find('\n');
    const std::size_t end = at == std::string_view::npos ? chunk_->used() : searched_ + at;
    while (end - line_start_ > longest_line) {
      const std::string_view line = chunk_->from(line_start_);
      const std::size_t piece = telemetry::whole_characters(line, longest_line);
      add(batch, line_start_, piece, piece, telemetry::mark_cut, now);
      continued_ = true;
    }
    if (at == std::string_view::npos) break;
    add(batch, line_start_, end - line_start_, end - line_start_ + 1, 0, now);
    continued_ = false;
    searched_ = line_start_;
  }
  searched_ = chunk_->used();
  return batch;
}

telemetry::Batch Lines::ended(core::WallTime now) {
  telemetry::Batch batch;
  if (!chunk_ || chunk_->used() == line_start_) return batch;
  const std::size_t length = chunk_->used() - line_start_;
  add(batch, line_start_, length, length, telemetry::mark_unterminated, now);
  searched_ = line_start_;
  continued_ = false;
  return batch;
}

void Lines::add(telemetry::Batch& batch, std::size_t from, std::size_t length, std::size_t bytes,
                std::uint8_t marks, core::WallTime now) {
  std::string_view text = chunk_->from(from).substr(0, length);
  if (text.ends_with('\r') && bytes > length) text.remove_suffix(1);
  if (continued_) marks |= telemetry::mark_continued;
  if (telemetry::valid_utf8(text)) {
    if (batch.chunks.empty() || batch.chunks.front() != chunk_)
      batch.chunks.insert(batch.chunks.begin(), chunk_);
  } else {
    scratch_.clear();
    telemetry::append_repaired(scratch_, text);
    text = repaired_.keep(scratch_, batch.chunks);
    marks |= telemetry::mark_repaired;
  }
  telemetry::Record record;
  record.text = text;
  record.bytes = bytes;
  record.origin = {generation_, offset_};
  record.time = std::chrono::floor<std::chrono::milliseconds>(now);
  record.marks = marks;
  batch.records.push_back(record);
  offset_ += bytes;
  line_start_ += bytes;
}

}  // namespace outrider::sources::child_output
