#include "agent/incident/recorder/ring.hpp"

#include "agent/core/sums/crc32c.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace outrider::incident {
namespace {

constexpr std::string_view ring_mark = "outrider ring 1\n";
constexpr std::uint32_t entry_mark = 0x4E45524FU;
constexpr std::size_t longest_subject = 255;
constexpr std::size_t longest_entry = 16 * 1024;

// At the beginning of the memory.
struct RingHead {
  char mark[16];
  std::uint64_t salt;
  std::uint64_t bytes;
  std::uint32_t checksum;  // of what is before it
  std::uint32_t unused;
};

// Before each entry's subject and text, which follow each other. Entries begin at multiples of eight.
struct EntryHead {
  std::uint32_t mark;
  std::uint32_t checksum;  // of the salt and of everything after it
  std::uint32_t text_bytes;
  std::uint8_t kind;
  std::uint8_t flags;
  std::uint8_t subject_bytes;
  std::uint8_t unused;
  std::uint64_t sequence;
  std::int64_t wall;
};
static_assert(sizeof(RingHead) == 40 && sizeof(EntryHead) == 32);

constexpr std::size_t checked_from = offsetof(EntryHead, text_bytes);

std::size_t rounded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

std::uint32_t checksum_of(const RingHead& head) {
  return core::crc32c_finished(core::crc32c_add(core::crc32c_start, &head, offsetof(RingHead, checksum)));
}

// Of an entry as it lies there.
std::uint32_t checksum_of(std::uint64_t salt, const char* entry, std::size_t bytes) {
  const std::uint32_t salted = core::crc32c_add(core::crc32c_start, &salt, sizeof salt);
  return core::crc32c_finished(core::crc32c_add(salted, entry + checked_from, bytes - checked_from));
}

std::optional<std::uint64_t> salt_of(std::span<const char> bytes) {
  RingHead head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  const bool ours = std::string_view(head.mark, sizeof head.mark) == ring_mark &&
                    head.bytes == bytes.size() && head.checksum == checksum_of(head);
  return ours ? std::optional(head.salt) : std::nullopt;
}

// An entry at `at`, and how many bytes it takes; 0 bytes: there is none.
std::size_t read_entry(std::span<const char> bytes, std::size_t at, std::uint64_t salt, Entry& entry) {
  EntryHead head;
  if (bytes.size() - at < sizeof head) return 0;
  std::memcpy(&head, bytes.data() + at, sizeof head);
  if (head.mark != entry_mark || head.text_bytes > longest_entry) return 0;
  const std::size_t count = sizeof head + head.subject_bytes + head.text_bytes;
  if (bytes.size() - at < count) return 0;
  if (head.checksum != checksum_of(salt, bytes.data() + at, count)) return 0;
  entry.sequence = head.sequence;
  entry.wall = core::WallTime(std::chrono::nanoseconds(head.wall));
  entry.kind = static_cast<EntryKind>(head.kind);
  entry.flags = head.flags;
  const char* const subject = bytes.data() + at + sizeof head;
  entry.subject = {subject, head.subject_bytes};
  entry.text = {subject + head.subject_bytes, head.text_bytes};
  return rounded(count);
}

template <class See>
void each_entry(std::span<const char> bytes, std::uint64_t salt, See see) {
  Entry entry;
  for (std::size_t at = sizeof(RingHead); at + sizeof(EntryHead) <= bytes.size();) {
    const std::size_t count = read_entry(bytes, at, salt, entry);
    if (count > 0) see(entry, at + count);
    at += count > 0 ? count : 8;
  }
}

}  // namespace

std::vector<Entry> read_ring(std::span<const char> bytes) {
  std::vector<Entry> entries;
  const auto salt = salt_of(bytes);
  if (!salt) return entries;
  each_entry(bytes, *salt, [&entries](const Entry& entry, std::size_t) { entries.push_back(entry); });
  std::ranges::sort(entries, {}, &Entry::sequence);
  return entries;
}

Ring::Ring(std::span<char> bytes, std::uint64_t salt)
    : bytes_(bytes),
      position_(sizeof(RingHead)),
      longest_(std::min(longest_entry, (bytes.size() - sizeof(RingHead)) / 4)),
      salt_(salt) {
  if (const auto known = salt_of(bytes_)) {
    salt_ = *known;
    each_entry(bytes_, salt_, [this](const Entry& entry, std::size_t end) {
      if (entry.sequence < next_) return;
      next_ = entry.sequence + 1;
      position_ = std::min(end, bytes_.size());
    });
  } else {
    RingHead head{};
    std::memcpy(head.mark, ring_mark.data(), sizeof head.mark);
    head.salt = salt_;
    head.bytes = bytes_.size();
    head.checksum = checksum_of(head);
    std::memcpy(bytes_.data(), &head, sizeof head);
  }
  first_ = next_;
}

void Ring::append(EntryKind kind, std::uint8_t flags, core::WallTime wall, std::string_view subject,
                  std::string_view text) {
  subject = subject.substr(0, longest_subject);
  const std::size_t most = longest_ - sizeof(EntryHead) - longest_subject;
  if (text.size() > most) {
    text = text.substr(0, most);
    flags |= flag_cut;
    ++cut_;
  }
  const std::size_t count = sizeof(EntryHead) + subject.size() + text.size();
  if (rounded(count) > bytes_.size() - position_) {
    // What is behind it is of the round before, and stays readable until the next one.
    position_ = sizeof(RingHead);
  }
  char* const at = bytes_.data() + position_;
  EntryHead head{entry_mark,
                 0,
                 static_cast<std::uint32_t>(text.size()),
                 static_cast<std::uint8_t>(kind),
                 flags,
                 static_cast<std::uint8_t>(subject.size()),
                 0,
                 next_++,
                 wall.time_since_epoch().count()};
  std::memcpy(at, &head, sizeof head);
  std::memcpy(at + sizeof head, subject.data(), subject.size());
  if (!text.empty()) std::memcpy(at + sizeof head + subject.size(), text.data(), text.size());
  head.checksum = checksum_of(salt_, at, count);
  std::memcpy(at + offsetof(EntryHead, checksum), &head.checksum, sizeof head.checksum);
  position_ += rounded(count);
}

}  // namespace outrider::incident
