// The pages of LMDB's file, read without LMDB: it trusts what it maps, and a bit that turned in a page could
// lead it anywhere. So the whole file is walked before it is used: each page in its place and in one tree
// only, each entry in order and as it was sealed. What cannot be trusted is told, and what can be is handed
// on.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::durable {

struct Tree {
  std::uint16_t flags = 0;
  std::uint16_t depth = 0;
  std::uint64_t branch_pages = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t overflow_pages = 0;
  std::uint64_t entries = 0;
  std::uint64_t root = 0;
};

// The file has two, written in turn; the one with the higher commit counts.
struct Head {
  std::uint64_t page_bytes = 0;
  std::uint64_t map_bytes = 0;
  std::uint64_t last_page = 0;
  std::uint64_t commit = 0;
  Tree free;
  Tree entries;
};

// The two, as they lie there. An error says why the file is no book.
core::Outcome<std::vector<Head>> read_heads(int file);

// Those of them that can be read at all, wherever they are looked for.
std::vector<Head> readable_heads(int file);

// Whether both belong together, and to what they lead to; empty: they do.
std::string trouble_of_heads(int file, const std::vector<Head>& heads);
const Head& newest(const std::vector<Head>& heads);

struct Walked {
  std::vector<std::string> damage;  // sentences, the first of them
  std::uint64_t damaged_pages = 0;
  std::uint64_t good_entries = 0;
  std::uint64_t commit = 0;  // as the tree itself says
  bool sound() const { return damaged_pages == 0; }
};

// Every entry that is as it was written: its whole key, and its value without the seal.
using VisitEntry = std::function<void(std::string_view key, std::string_view value)>;

// Goes through everything that the head leads to; and where a part of it cannot be reached any more, through
// the pages that must have been in it.
Walked walk_pages(int file, const Head& head, const VisitEntry& visit);

}  // namespace outrider::durable
