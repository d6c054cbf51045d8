#include "agent/incident/recorder/recorder.hpp"

#include <algorithm>

namespace outrider::incident {
namespace {

constexpr std::size_t copied_at_once = 64 * 1024;
constexpr std::size_t rests_after = 256 * 1024;

std::span<char> facts_of(std::span<char> all) { return all.subspan(0, all.size() / 8 / 4096 * 4096); }
std::span<char> lines_of(std::span<char> all) { return all.subspan(facts_of(all).size()); }

}  // namespace

Recorder::Recorder(std::unique_ptr<os::Mapping> memory, core::Random& random)
    : memory_(std::move(memory)),
      facts_(facts_of(memory_->bytes()), random.next()),
      lines_(lines_of(memory_->bytes()), random.next()),
      facts_rested_(facts_.position()),
      lines_rested_(lines_.position()) {
  memory_->rest(0, memory_->bytes().size());  // to find its end all of it was read
}

void Recorder::line(core::WallTime wall, std::string_view stream, std::string_view document,
                    bool unterminated) {
  const os::Turn turn(turns_);
  lines_.append(EntryKind::line, unterminated ? flag_unterminated : 0, wall, stream, document);
  rest_behind(lines_, lines_rested_);
}

void Recorder::fact(EntryKind kind, core::WallTime wall, std::string_view subject, std::string_view text) {
  const os::Turn turn(turns_);
  facts_.append(kind, 0, wall, subject, text);
  rest_behind(facts_, facts_rested_);
}

void Recorder::rest_behind(const Ring& ring, std::size_t& rested) {
  const std::size_t at = ring.position();
  if (at < rested) rested = 0;  // it has begun again at its beginning
  if (at - rested < rests_after) return;
  const auto begins = static_cast<std::size_t>(ring.bytes().data() - memory_->bytes().data());
  memory_->rest(begins + rested, at - rested);
  rested = at;
}

// What is written meanwhile may be torn in the copy; the checksums tell.
Recall Recorder::recall() const {
  Recall recall;
  const std::size_t all = facts_.bytes().size() + lines_.bytes().size();
  recall.bytes.resize(all);
  const char* const from = facts_.bytes().data();
  for (std::size_t at = 0; at < all; at += copied_at_once) {
    const std::size_t count = std::min(copied_at_once, all - at);
    const os::Turn turn(turns_);
    std::copy_n(from + at, count, recall.bytes.data() + at);
    memory_->rest(at, count);
  }
  const std::span<const char> copy(recall.bytes);
  recall.facts = read_ring(copy.subspan(0, facts_.bytes().size()));
  recall.lines = read_ring(copy.subspan(facts_.bytes().size()));
  return recall;
}

Recorder::Counts Recorder::counts() const {
  const os::Turn turn(turns_);
  return {lines_.appended(), facts_.appended(), lines_.cut() + facts_.cut()};
}

}  // namespace outrider::incident
