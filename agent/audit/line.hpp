// One line of the trail: canonical JSON, and the hash that ties it to the line before it.
// The hash is SHA-256 over the line's own bytes up to, and without, its `,"hash":…`: what is written is what
// is hashed, so no two readings of the JSON can differ.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::audit {

inline constexpr std::string_view current_file = "audit.jsonl";
inline constexpr std::string_view head_file = "audit.head";
inline constexpr std::string_view no_hash =
    "0000000000000000000000000000000000000000000000000000000000000000";
inline constexpr std::uint64_t most_file_bytes = 1ULL << 30U;

// What is to be written; "intent", "result" or "note".
struct Draft {
  std::string time;
  std::string phase;
  std::uint64_t intent = 0;  // of a result: the intent it belongs to
  bool succeeded = false;    // of a result
  std::string actor, action, target, reason;
  std::string result;
};

// What a line says of its place in the chain.
struct Link {
  std::uint64_t sequence = 0;
  std::string phase;
  std::uint64_t intent = 0;
  std::string previous;
  std::string hash;
  bool hash_fits = false;
};

// With the newline.
std::string write_line(const Draft& draft, std::uint64_t sequence, std::string_view previous);
std::string hash_of_line(std::string_view line);  // of one that write_line made

// Without the newline. An error when it is not a line of ours at all.
core::Outcome<Link> read_line(std::string_view line);

// The head: what the last line is. Written after each line, so that a trail cut short shows.
struct Head {
  std::uint64_t sequence = 0;
  std::string hash{no_hash};
  std::string broken;  // why the chain counts as broken from now on; else empty
};
std::string write_head(const Head& head);
core::Outcome<Head> read_head(std::string_view text);

// The name under which the full file that begins with this entry is kept.
std::string rotated_name(std::uint64_t first_sequence);

}  // namespace outrider::audit
