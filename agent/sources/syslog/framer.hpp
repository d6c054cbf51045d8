// Where one syslog message ends and the next begins in a stream (RFC 6587): by a count before it, or by a
// line's end; told apart for each message. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::sources::syslog {

struct Frame {
  std::string_view text;   // until the next call
  std::size_t bytes = 0;   // of the stream that it stands for
  std::uint8_t marks = 0;  // telemetry::Mark
};

class Framer {
 public:
  explicit Framer(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void add(std::string_view bytes);
  // The next message, or a piece of one that is longer than may be. False: more bytes are needed.
  bool next(Frame& frame);
  // The stream has ended: what is left, if anything.
  bool last(Frame& frame);

  bool has_begun() const { return at_ < buffer_.size() || left_ > 0; }

 private:
  enum class Head { none, counted, line, incomplete };
  Head read_head();
  bool next_counted(Frame& frame);
  bool next_line(Frame& frame);
  void give(Frame& frame, std::size_t length, std::size_t end, std::uint8_t marks);

  std::size_t most_bytes_;
  std::string buffer_;
  std::size_t at_ = 0;        // of the first byte that no frame stands for yet
  std::size_t skipped_ = 0;   // between the messages, before at_
  std::size_t begin_ = 0;     // of the message's text
  std::size_t searched_ = 0;  // no line end before it
  std::uint64_t left_ = 0;    // of a counted message
  bool is_in_line_ = false;
  bool is_continued_ = false;
};

}  // namespace outrider::sources::syslog
