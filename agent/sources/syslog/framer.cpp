#include "agent/sources/syslog/framer.hpp"

#include "agent/telemetry/record.hpp"
#include "agent/telemetry/utf8.hpp"

#include <algorithm>
#include <utility>

namespace outrider::sources::syslog {
namespace {

constexpr std::size_t most_digits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_between(char c) { return c == '\n' || c == '\r' || c == '\0'; }

}  // namespace

void Framer::add(std::string_view bytes) {
  buffer_.erase(0, at_);
  begin_ -= std::min(begin_, at_);
  searched_ -= std::min(searched_, at_);
  at_ = 0;
  buffer_ += bytes;
}

bool Framer::next(Frame& frame) {
  if (left_ == 0 && !is_in_line_) {
    switch (read_head()) {
      case Head::none:  // they belong to the message that comes next
        skipped_ += buffer_.size() - at_;
        at_ = buffer_.size();
        return false;
      case Head::incomplete: return false;
      case Head::counted: break;
      case Head::line: is_in_line_ = true; searched_ = begin_;
    }
  }
  return is_in_line_ ? next_line(frame) : next_counted(frame);
}

// "123 " before a message; a line that begins with digits and goes on otherwise is a line.
Framer::Head Framer::read_head() {
  begin_ = at_;
  while (begin_ < buffer_.size() && is_between(buffer_[begin_])) ++begin_;
  if (begin_ == buffer_.size()) return Head::none;
  if (buffer_[begin_] == '0' || !is_digit(buffer_[begin_])) return Head::line;
  std::uint64_t count = 0;
  for (std::size_t at = begin_; at < buffer_.size(); ++at) {
    if (buffer_[at] == ' ') {
      begin_ = at + 1;
      left_ = count;
      return Head::counted;
    }
    if (!is_digit(buffer_[at]) || at - begin_ == most_digits) return Head::line;
    count = count * 10 + static_cast<std::uint64_t>(buffer_[at] - '0');
  }
  return Head::incomplete;
}

bool Framer::next_counted(Frame& frame) {
  const std::size_t here = buffer_.size() - begin_;
  const bool is_whole = left_ <= most_bytes_;
  if (here < std::min<std::uint64_t>(left_, most_bytes_)) return false;
  std::size_t length = is_whole ? static_cast<std::size_t>(left_) : most_bytes_;
  if (!is_whole) {
    const std::string_view piece = std::string_view(buffer_).substr(begin_, length);
    length = std::max<std::size_t>(telemetry::whole_characters(piece, length), 1);
  }
  left_ -= length;
  give(frame, length, begin_ + length, is_whole ? 0 : telemetry::mark_cut);
  return true;
}

bool Framer::next_line(Frame& frame) {
  std::size_t end = std::max(searched_, begin_);
  while (end < buffer_.size() && buffer_[end] != '\n' && buffer_[end] != '\0' && end - begin_ <= most_bytes_)
    ++end;
  searched_ = end;
  if (end - begin_ > most_bytes_) {
    const std::string_view piece = std::string_view(buffer_).substr(begin_, end - begin_);
    const std::size_t length = std::max<std::size_t>(telemetry::whole_characters(piece, most_bytes_), 1);
    give(frame, length, begin_ + length, telemetry::mark_cut);
    return true;
  }
  if (end == buffer_.size()) return false;
  is_in_line_ = false;
  const bool has_return = end > begin_ && buffer_[end - 1] == '\r';
  give(frame, end - begin_ - (has_return ? 1 : 0), end + 1, 0);
  return true;
}

bool Framer::last(Frame& frame) {
  if (at_ == buffer_.size()) return false;
  if (left_ == 0 && !is_in_line_) (void)read_head();
  begin_ = std::min(begin_, buffer_.size());
  left_ = 0;
  is_in_line_ = false;
  give(frame, buffer_.size() - begin_, buffer_.size(), telemetry::mark_unterminated);
  return !frame.text.empty();
}

void Framer::give(Frame& frame, std::size_t length, std::size_t end, std::uint8_t marks) {
  frame.text = std::string_view(buffer_).substr(begin_, length);
  frame.bytes = end - at_ + std::exchange(skipped_, 0);
  frame.marks = static_cast<std::uint8_t>(marks | (is_continued_ ? telemetry::mark_continued : 0));
  is_continued_ = (marks & telemetry::mark_cut) != 0;
  at_ = begin_ = end;
}

}  // namespace outrider::sources::syslog
