// What comes back from Logstash, or from whatever listens on its port.
#include "agent/sinks/logstash/frames.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

using sinks::logstash::AckReader;

bool read_in_pieces(AckReader& reader, std::string_view bytes, std::size_t piece) {
  while (!bytes.empty()) {
    if (!reader.take(take(bytes, piece))) return false;
  }
  return true;
}

}  // namespace

void lumberjack(std::string_view bytes) {
  const std::size_t piece = take_choice(bytes, 13) + 1;
  const std::uint32_t window = take_choice(bytes, 200);
  AckReader whole, pieces;
  whole.expect(window);
  pieces.expect(window);
  const bool is_fine = read_in_pieces(whole, bytes, bytes.size());
  must(is_fine == read_in_pieces(pieces, bytes, piece), "the sizes of the reads do not show");
  must(whole.acknowledged() <= window, "no more is acknowledged than was sent");
  must(whole.acknowledged() == pieces.acknowledged() && whole.keep_alives() == pieces.keep_alives(),
       "what was understood before an error is the same");
  must(is_fine || !bytes.empty(), "nothing is no error");
}

}  // namespace outrider::fuzz
