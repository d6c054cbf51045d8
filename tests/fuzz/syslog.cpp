// What senders of syslog write on a stream: cut into messages whatever the sizes of the reads, and taken
// apart.
#include "agent/sources/syslog/framer.hpp"
#include "agent/telemetry/record.hpp"
#include "agent/transforms/syslog/message.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace outrider::fuzz {
namespace {

using sources::syslog::Frame;
using sources::syslog::Framer;

struct Cut {
  std::vector<std::pair<std::string, int>> texts;
  std::size_t bytes = 0;
};

Cut cut_up(std::string_view bytes, std::size_t piece, std::size_t most) {
  Framer framer(most);
  Cut cut;
  const auto note = [&](const Frame& frame) {
    must(frame.text.size() <= most || (frame.marks & telemetry::mark_unterminated),
         "a piece keeps to its limit");
    must(frame.bytes > 0, "a message stands for bytes");
    cut.texts.emplace_back(frame.text, frame.marks);
    cut.bytes += frame.bytes;
  };
  while (!bytes.empty()) {
    framer.add(take(bytes, piece));
    for (Frame frame; framer.next(frame);) note(frame);
  }
  if (Frame frame; framer.last(frame)) note(frame);
  return cut;
}

void take_apart(std::string_view line) {
  using namespace transforms::syslog;
  Message message;
  const core::WallTime now{std::chrono::seconds(1'795'260'363)};
  if (!read(line, now, message).empty()) return;
  must(message.priority <= 191, "a priority is a facility and a severity");
  must(message.text.size() <= line.size(), "a message is a part of its line");
  std::string_view rest = message.structured, id, pairs, name, value;
  while (next_element(rest, id, pairs)) {
    must(!id.empty(), "an element has a name");
    while (next_pair(pairs, name, value)) must(!name.empty(), "a value has a name");
  }
}

}  // namespace

void syslog(std::string_view bytes) {
  const std::size_t piece = take_choice(bytes, 61) + 1;
  const std::size_t most = take_choice(bytes, 200) + 4;
  const Cut whole = cut_up(bytes, std::max<std::size_t>(bytes.size(), 1), most);
  const Cut pieces = cut_up(bytes, piece, most);
  must(whole.texts == pieces.texts, "the sizes of the reads do not show");
  must(whole.bytes <= bytes.size(), "no byte is counted twice");
  for (const auto& [text, marks] : whole.texts) take_apart(text);
  take_apart(bytes);
}

}  // namespace outrider::fuzz
