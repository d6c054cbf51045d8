#include "agent/audit/chain.hpp"

#include <fmt/core.h>

namespace outrider::audit {

Chain Chain::from_anywhere() {
  Chain chain{Head{}};
  chain.anywhere_ = true;
  return chain;
}

std::string_view Chain::read(const std::string& file, std::string_view text, std::vector<Fault>& faults) {
  line_ = 0;
  for (;;) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return text;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    ++line_;
    const auto link = read_line(line);
    if (!link) {
      faults.push_back({file, line_, "this is not an audit line: " + link.error().what});
      continue;
    }
    follow(file, *link, faults);
  }
}

// After a fault the chain is taken up again at this line, so that each fault is named once.
void Chain::follow(const std::string& file, const Link& link, std::vector<Fault>& faults) {
  const auto fault = [&](std::string sentence) { faults.push_back({file, line_, std::move(sentence)}); };
  const std::uint64_t expected = last_ + 1;
  const bool free_start = anywhere_ && entries_ == 0;
  if (!link.hash_fits)
    fault(fmt::format("entry {} was changed: its hash does not fit its text", link.sequence));
  if (!free_start) {
    if (link.sequence > expected) {
      const auto missing = link.sequence - expected;
      fault(missing == 1
                ? fmt::format("entry {} is missing before this line", expected)
                : fmt::format("entries {} to {} are missing before this line", expected, link.sequence - 1));
    } else if (link.sequence < expected) {
      fault(fmt::format("entry {} stands after entry {}: lines were moved, repeated or inserted",
                        link.sequence, last_));
    } else if (link.previous != last_hash_) {
      fault(fmt::format("entry {} does not follow the line before it: a line was replaced or inserted",
                        link.sequence));
    }
  }
  ++entries_;
  if (first_ == 0) first_ = link.sequence;
  if (link.phase == "intent") open_intents_.insert(link.sequence);
  if (link.phase == "result") open_intents_.erase(link.intent);
  last_ = link.sequence;
  last_hash_ = link.hash;
}

}  // namespace outrider::audit
