#include "agent/recovery/fingerprint/book.hpp"

#include <algorithm>
#include <tuple>

namespace outrider::recovery {
namespace {

constexpr std::uint64_t least_bytes = 8192;  // that even an empty range counts as: it is a statement

// Takes from the front while they fit; the first one always.
template <class Item, class BytesOf>
void keep_first(std::vector<Item>& items, std::uint64_t most_bytes, BytesOf bytes_of) {
  std::uint64_t sum = 0;
  std::size_t kept = 0;
  while (kept < items.size() && (kept == 0 || sum + bytes_of(items[kept]) <= most_bytes)) {
    sum += bytes_of(items[kept]);
    ++kept;
  }
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(kept), items.end());
}

// The source has not come again to where it was: it lost WAL in a crash, or was put back to an earlier time.
// The same places mean another history then.
bool put_back(const Book& book, const Pass& pass) {
  return std::any_of(book.entries.begin(), book.entries.end(), [&](const auto& one) {
    const Run& run = one.second.run;
    return run.timeline == pass.timeline && std::max(run.from, run.to.value_or(run.from)) > pass.to;
  });
}

}  // namespace

void UnderWay::add(const UnderWay& other) {
  ids.insert(other.ids.begin(), other.ids.end());
  from = std::min(from, other.from);
}

bool begin(Book& book, const Pass& pass) {
  const bool another = book.system != pass.system || put_back(book, pass);
  if (another) book = Book{};
  book.system = pass.system;
  return another;
}

void note(Book& book, const Chunk& chunk, const Observation& seen, const Pass& pass) {
  Entry& entry = book.entries[chunk.id];
  const bool goes_on = entry.hashed != core::WallTime{} && entry.run.timeline == pass.timeline &&
                       entry.run.digest == seen.digest && entry.run.from <= seen.from;
  if (!goes_on) {
    entry.run = {pass.timeline, seen.from, std::nullopt, seen.digest};
  } else if (pass.to >= entry.run.to.value_or(entry.run.from)) {
    entry.run.to = pass.to;
    // Another pass may have noted the same place.
    book.under_way[pass.to].add(pass.under_way);
  }
  entry.bytes = chunk.bytes;
  entry.hashed = pass.at;
}

void note_trouble(Book& book, const Chunk& chunk, const Pass& pass) {
  Entry& entry = book.entries[chunk.id];
  if (entry.hashed == core::WallTime{}) entry.run.digest.sum = "-";
  entry.bytes = chunk.bytes;
  entry.hashed = pass.at;
}

void forget(Book& book, std::uint32_t database, const std::set<ChunkId>& there) {
  std::erase_if(book.entries, [&](const auto& entry) {
    return entry.first.database == database && !there.contains(entry.first);
  });
}

void trim(Book& book, std::size_t most) {
  if (book.entries.size() > most) {
    std::vector<std::pair<core::WallTime, ChunkId>> oldest;
    for (const auto& [id, entry] : book.entries) oldest.emplace_back(entry.hashed, id);
    std::sort(oldest.begin(), oldest.end());
    oldest.resize(oldest.size() - most);
    for (const auto& [hashed, id] : oldest) book.entries.erase(id);
  }
  std::set<wal::Lsn> used;
  for (const auto& [id, entry] : book.entries) {
    if (entry.run.to) used.insert(*entry.run.to);
  }
  std::erase_if(book.under_way, [&](const auto& one) { return !used.contains(one.first); });
}

std::vector<Chunk> due_to_hash(const Book& book, std::vector<Chunk> chunks, std::uint64_t most_bytes) {
  const auto hashed = [&](const Chunk& chunk) {
    const auto found = book.entries.find(chunk.id);
    return found == book.entries.end() ? core::WallTime{} : found->second.hashed;
  };
  std::sort(chunks.begin(), chunks.end(), [&](const Chunk& a, const Chunk& b) {
    return std::tuple(hashed(a), a.id) < std::tuple(hashed(b), b.id);
  });
  keep_first(chunks, most_bytes, [](const Chunk& chunk) { return std::max(chunk.bytes, least_bytes); });
  return chunks;
}

std::vector<Candidate> due_to_compare(const Book& book, wal::Lsn reached, std::uint32_t timeline,
                                      std::uint64_t most_bytes) {
  std::vector<std::tuple<core::WallTime, wal::Lsn, ChunkId>> order;
  for (const auto& [id, entry] : book.entries) {
    if (entry.run.timeline == timeline && entry.run.from <= reached)
      order.emplace_back(entry.tried, entry.run.from, id);
  }
  std::sort(order.begin(), order.end());
  std::vector<Candidate> candidates;
  for (const auto& [tried, from, id] : order) {
    const Entry& entry = book.entries.at(id);
    candidates.push_back({{id, entry.bytes}, entry.run});
  }
  keep_first(candidates, most_bytes,
             [](const Candidate& one) { return std::max(one.chunk.bytes, least_bytes); });
  return candidates;
}

}  // namespace outrider::recovery
