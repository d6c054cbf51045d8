#include "agent/sources/lines.hpp"

#include "agent/telemetry/utf8.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

namespace outrider::sources {
namespace {

// A quiet child costs little memory, a busy one gets the room that makes large reads.
constexpr std::size_t quiet_chunk = 16 * 1024;
constexpr std::size_t busy_chunk = 256 * 1024;
constexpr std::size_t least_room = 4 * 1024;

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

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

Lines::Lines(telemetry::Origin begin, Encoding encoding, bool continued, telemetry::ChunkPointer chunk)
    : at_(begin),
      chunk_(std::move(chunk)),
      line_start_(chunk_->used()),
      searched_(line_start_),
      encoding_(encoding),
      continued_(continued) {}

telemetry::Batch Lines::took(std::size_t count, core::WallTime now) {
  busy_ = count == chunk_->room();
  chunk_->grow(count);
  telemetry::Batch batch;
  if (encoding_ == Encoding::unknown && !detect()) return batch;
  time_ = std::chrono::floor<std::chrono::milliseconds>(now);
  // One look at all of it costs much less than one at each line. No character lies across a line's end.
  const std::string_view fresh = chunk_->from(searched_);
  const auto* last_end = static_cast<const char*>(::memrchr(fresh.data(), '\n', fresh.size()));
  const char* const begin = chunk_->from(line_start_).data();
  valid_ = last_end != nullptr && unit() == 1 &&
           telemetry::valid_utf8({begin, static_cast<std::size_t>(last_end + 1 - begin)});
  if (count >= busy_chunk / 4) batch.records.reserve(count / 256);
  for (;;) {
    const std::size_t at = find_end();
    const std::size_t end = at == std::string_view::npos ? chunk_->used() : at;
    if (at == std::string_view::npos) valid_ = false;
    while (end - line_start_ > longest_line) {
      const std::size_t piece = piece_of(chunk_->from(line_start_));
      add(batch, line_start_, piece, piece, telemetry::mark_cut);
      continued_ = true;
    }
    if (at == std::string_view::npos) break;
    add(batch, line_start_, end - line_start_, end - line_start_ + unit(), 0);
    continued_ = false;
    searched_ = line_start_;
  }
  // Of UTF-16 the half of a unit may be there already.
  searched_ = chunk_->used() - (chunk_->used() - line_start_) % unit();
  return batch;
}

Lines::Encoding Lines::encoding_of(std::string_view beginning) {
  static constexpr std::array<std::pair<std::string_view, Encoding>, 3> stream_marks{
      {{utf8_mark, Encoding::utf8}, {"\xFF\xFE", Encoding::utf16_little}, {"\xFE\xFF", Encoding::utf16_big}}};
  for (const auto& [mark, encoding] : stream_marks) {
    if (beginning.starts_with(mark)) return encoding;
    if (mark.starts_with(beginning)) return Encoding::unknown;
  }
  return Encoding::utf8;
}

bool Lines::detect() {
  const std::string_view read = chunk_->from(line_start_);
  encoding_ = encoding_of(read);
  if (encoding_ == Encoding::unknown) return false;
  mark_bytes_ = unit() == 2 ? 2 : read.starts_with(utf8_mark) ? utf8_mark.size() : 0;
  return true;
}

std::size_t Lines::find_end() const {
  const std::string_view fresh = chunk_->from(searched_);
  if (encoding_ == Encoding::utf8) {
    const std::size_t at = fresh.find('\n');
    return at == std::string_view::npos ? at : searched_ + at;
  }
  const bool little = encoding_ == Encoding::utf16_little;
  for (std::size_t at = fresh.find('\n'); at != std::string_view::npos; at = fresh.find('\n', at + 1)) {
    const std::size_t unit_at = little ? at : at - 1;  // never before `fresh`: 0 is even
    if ((searched_ + at - line_start_) % 2 != (little ? 0 : 1)) continue;
    if (little && at + 1 == fresh.size()) break;
    if (fresh[little ? at + 1 : unit_at] == '\0') return searched_ + unit_at;
  }
  return std::string_view::npos;
}

// As much of a line as a record may hold, no character cut in two.
std::size_t Lines::piece_of(std::string_view line) const {
  if (encoding_ == Encoding::utf8) return telemetry::whole_characters(line, longest_line);
  const auto last =
      static_cast<unsigned char>(line[longest_line - (encoding_ == Encoding::utf16_little ? 1 : 2)]);
  return last >= 0xD8 && last < 0xDC ? longest_line - 2 : longest_line;
}

telemetry::Batch Lines::ended(core::WallTime now) {
  telemetry::Batch batch;
  if (!chunk_ || chunk_->used() == line_start_) return batch;
  if (encoding_ == Encoding::unknown) encoding_ = Encoding::utf8;
  time_ = std::chrono::floor<std::chrono::milliseconds>(now);
  valid_ = false;
  const std::size_t length = chunk_->used() - line_start_;
  add(batch, line_start_, length, length, telemetry::mark_unterminated);
  searched_ = line_start_;
  continued_ = false;
  return batch;
}

void Lines::add(telemetry::Batch& batch, std::size_t from, std::size_t length, std::size_t bytes,
                std::uint8_t marks) {
  std::string_view text = chunk_->from(from).substr(mark_bytes_, length - mark_bytes_);
  mark_bytes_ = 0;
  const bool wide = unit() == 2;
  if (wide) text = decoded(text, batch.chunks, marks);
  if (text.ends_with('\r') && bytes > length) text.remove_suffix(1);
  if (continued_) marks |= telemetry::mark_continued;
  if (wide || valid_ || telemetry::valid_utf8(text)) {
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
  record.origin = at_;
  record.time = time_;
  record.marks = marks;
  batch.records.push_back(record);
  at_.offset += bytes;
  line_start_ += bytes;
}

// UTF-16 as UTF-8; halves of pairs, and of a unit, become U+FFFD.
std::string_view Lines::decoded(std::string_view text, std::vector<telemetry::ChunkPointer>& chunks,
                                std::uint8_t& marks) {
  scratch_.clear();
  if (!telemetry::append_utf16(scratch_, text, encoding_ == Encoding::utf16_big))
    marks |= telemetry::mark_repaired;
  return repaired_.keep(scratch_, chunks);
}

}  // namespace outrider::sources
