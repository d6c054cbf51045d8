#include "agent/recovery/chain/index.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

// A cipher adds its salt and fills its last block.
constexpr std::uint64_t most_cipher_bytes = 1024;
// Nothing that unpacks to a segment is smaller.
constexpr std::uint64_t least_compressed_bytes = 64;
constexpr std::size_t most_notes = 20;

using Names = std::vector<std::optional<wal::ArchiveName>>;

Names read_names(const catalogs::Listing& listing) {
  Names names;
  names.reserve(listing.wal.size());
  for (const auto& file : listing.wal) names.push_back(wal::read_name(file.name));
  return names;
}

// A set that tells where it began both as LSN and as name leaves one size only.
std::optional<std::uint64_t> size_by_sets(const catalogs::Listing& listing) {
  for (const auto& set : listing.sets) {
    const auto name = wal::read_name(set.first_wal);
    if (!name || !set.start_lsn || set.start_lsn->value < wal::most_segment_bytes / 16) continue;
    std::optional<std::uint64_t> only;
    int fitting = 0;
    for (std::uint64_t bytes = wal::least_segment_bytes; bytes <= wal::most_segment_bytes; bytes *= 2) {
      const auto id = wal::place(*name, bytes);
      if (!id || id->number != wal::number_of(*set.start_lsn, bytes)) continue;
      only = bytes;
      ++fitting;
    }
    if (fitting == 1) return only;
  }
  return std::nullopt;
}

// Plain files have the size itself; of several sizes the most frequent one, since short files are a fault.
std::optional<std::uint64_t> size_by_files(const catalogs::Listing& listing, const Names& names) {
  std::map<std::uint64_t, std::uint64_t> votes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& file = listing.wal[i];
    if (!names[i] || names[i]->kind != wal::NameKind::segment || file.compressed) continue;
    if (wal::is_segment_size(file.stored_bytes)) ++votes[file.stored_bytes];
  }
  const auto most = std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
  if (most == votes.end()) return std::nullopt;
  return most->first;
}

// The last part before a new log tells how many there are: …3F, then …100000000: 64 of 64 MiB.
std::optional<std::uint64_t> size_by_roll_over(const Names& names) {
  std::uint32_t largest = 0;
  const wal::ArchiveName* before = nullptr;
  for (const auto& name : names) {
    if (!name || name->kind != wal::NameKind::segment) continue;
    largest = std::max(largest, name->part);
    const bool rolls = before != nullptr && before->timeline == name->timeline &&
                       before->log + 1 == name->log && name->part == 0;
    if (rolls && std::has_single_bit(before->part + 1)) {
      const std::uint64_t bytes = (1ULL << 32) / (std::uint64_t{before->part} + 1);
      if (wal::is_segment_size(bytes)) return bytes;
    }
    before = &*name;
  }
  if (largest < 256) return std::nullopt;
  return std::max<std::uint64_t>(wal::least_segment_bytes,
                                 (1ULL << 32) / std::bit_ceil(std::uint64_t{largest} + 1));
}

class Indexer {
 public:
  Indexer(const catalogs::Listing& listing, std::uint64_t segment_bytes)
      : listing_(listing), names_(read_names(listing)) {
    index_.segment_bytes_known = true;
    index_.segment_bytes = segment_bytes;
    if (segment_bytes != 0) return;
    auto told = size_by_sets(listing);
    if (!told) told = size_by_files(listing, names_);
    if (!told) told = size_by_roll_over(names_);
    index_.segment_bytes_known = told.has_value();
    index_.segment_bytes = told.value_or(wal::usual_segment_bytes);
  }

  Index run() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (!names_[i]) continue;
      if (names_[i]->kind == wal::NameKind::history) index_.histories.insert(names_[i]->timeline);
      if (names_[i]->kind == wal::NameKind::segment) take(i);
    }
    return std::move(index_);
  }

 private:
  void take(std::size_t file) {
    const auto id = wal::place(*names_[file], index_.segment_bytes);
    if (!id) {
      note(fmt::format("{} is no name for segments of {} bytes", listing_.wal[file].name,
                       index_.segment_bytes));
      return;
    }
    auto& files = index_.timelines[id->timeline];
    const IndexedFile indexed{id->number, file, state_of(listing_.wal[file])};
    if (files.empty() || files.back().number < id->number) {
      files.push_back(indexed);
    } else if (files.back().number == id->number) {
      take_again(files.back(), indexed);
    } else {
      const auto place = std::ranges::lower_bound(files, id->number, {}, &IndexedFile::number);
      if (place->number == id->number) {
        take_again(*place, indexed);
      } else {
        files.insert(place, indexed);
      }
    }
  }

  void take_again(IndexedFile& first, const IndexedFile& second) {
    const auto& one = listing_.wal[first.file];
    const auto& other = listing_.wal[second.file];
    const bool differ = !one.sha1.empty() && !other.sha1.empty() && one.sha1 != other.sha1;
    if (differ) {
      first.state = LinkState::ambiguous;
    } else if (first.state != LinkState::found) {
      first = second;
    }
    note(fmt::format("{} is stored twice{}", one.name, differ ? ", with different content" : ""));
  }

  LinkState state_of(const catalogs::ArchivedFile& file) const {
    const std::uint64_t bytes = index_.segment_bytes;
    const bool whole = file.stored_bytes >= bytes && file.stored_bytes <= bytes + most_cipher_bytes;
    const bool fits = file.compressed ? file.stored_bytes >= least_compressed_bytes : whole;
    return fits ? LinkState::found : LinkState::wrong_size;
  }

  void note(std::string sentence) {
    if (index_.notes.size() < most_notes) index_.notes.push_back(std::move(sentence));
  }

  const catalogs::Listing& listing_;
  const Names names_;
  Index index_;
};

}  // namespace

std::uint32_t Index::newest_timeline() const {
  std::uint32_t newest = 1;
  if (!timelines.empty()) newest = std::max(newest, timelines.rbegin()->first);
  if (!histories.empty()) newest = std::max(newest, *histories.rbegin());
  return newest;
}

Index index_of(const catalogs::Listing& listing, std::uint64_t segment_bytes) {
  return Indexer(listing, segment_bytes).run();
}

std::optional<wal::SegmentId> segment_of(const std::string& name, const std::optional<wal::Lsn>& lsn,
                                         std::uint32_t timeline, std::uint64_t segment_bytes) {
  if (const auto read = wal::read_name(name)) return wal::place(*read, segment_bytes);
  if (lsn && timeline != 0) return wal::SegmentId{timeline, wal::number_of(*lsn, segment_bytes)};
  return std::nullopt;
}

}  // namespace outrider::recovery
