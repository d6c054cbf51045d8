#include "agent/health/calendar/zone.hpp"

#include <algorithm>
#include <optional>

namespace outrider::health {
namespace {

using std::chrono::seconds;

constexpr std::size_t header_bytes = 44;

// RFC 8536: a header, a body with 32-bit times, and from version 2 on another header and body with 64-bit
// ones.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  std::int64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    if (left_.size() < bytes) broken_ = true;
    if (broken_) return 0;
    for (const char byte : left_.substr(0, bytes)) value = value << 8U | static_cast<unsigned char>(byte);
    left_.remove_prefix(bytes);
    if (bytes == 4) return static_cast<std::int32_t>(value);
    return static_cast<std::int64_t>(value);
  }
  void skip(std::uint64_t bytes) {
    if (left_.size() < bytes) broken_ = true;
    left_.remove_prefix(std::min<std::uint64_t>(bytes, left_.size()));
  }
  std::string_view take(std::size_t bytes) {
    const std::string_view taken = left_.substr(0, bytes);
    skip(bytes);
    return taken;
  }
  bool broken() const { return broken_; }

 private:
  std::string_view left_;
  bool broken_ = false;
};

struct Header {
  std::uint64_t universal = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
  char version = 0;
  bool magic = false;
};

Header read_header(Reader& reader) {
  Header header;
  const std::string_view first = reader.take(5);
  header.magic = first.starts_with("TZif");
  header.version = first.size() == 5 ? first[4] : '\0';
  reader.skip(15);
  for (std::uint64_t* const count :
       {&header.universal, &header.standard, &header.leaps, &header.times, &header.types, &header.letters})
    *count = static_cast<std::uint32_t>(reader.number(4));
  return header;
}

std::uint64_t body_bytes(const Header& header, std::uint64_t time_bytes) {
  return header.times * (time_bytes + 1) + header.types * 6 + header.letters +
         header.leaps * (time_bytes + 4) + header.standard + header.universal;
}

}  // namespace

core::Outcome<Zone> Zone::read(std::string_view bytes) {
  const auto broken = [] {
    return core::fail(core::Errc::corrupt, "cannot read the time zone: it is no file of tzdata");
  };
  Reader reader(bytes);
  Header header = read_header(reader);
  if (!header.magic || bytes.size() < header_bytes) return broken();
  std::size_t time_bytes = 4;
  if (header.version >= '2') {
    reader.skip(body_bytes(header, 4));
    header = read_header(reader);
    time_bytes = 8;
  }
  if (!header.magic || header.types == 0 || body_bytes(header, time_bytes) > bytes.size()) return broken();
  Zone zone;
  zone.changes_.resize(header.times);
  for (Change& change : zone.changes_) change.at_seconds = reader.number(time_bytes);
  const std::string_view which = reader.take(header.times);
  std::vector<std::int32_t> offsets(header.types);
  for (std::int32_t& offset : offsets) {
    offset = static_cast<std::int32_t>(reader.number(4));
    reader.skip(2);
  }
  if (reader.broken()) return broken();
  for (std::size_t i = 0; i < zone.changes_.size(); ++i) {
    const auto type = static_cast<unsigned char>(which[i]);
    if (type >= offsets.size()) return broken();
    zone.changes_[i].offset_seconds = offsets[type];
  }
  zone.before_seconds_ = offsets.front();
  return zone;
}

std::int64_t Zone::offset_at(std::int64_t seconds) const {
  const auto after =
      std::upper_bound(changes_.begin(), changes_.end(), seconds,
                       [](std::int64_t wanted, const Change& change) { return wanted < change.at_seconds; });
  return after == changes_.begin() ? before_seconds_ : std::prev(after)->offset_seconds;
}

LocalTime Zone::local(core::WallTime time) const {
  const auto since = time.time_since_epoch();
  return since + seconds(offset_at(std::chrono::floor<seconds>(since).count()));
}

core::WallTime Zone::moment(LocalTime local) const {
  constexpr std::int64_t day = 24 * 3600;
  const std::int64_t shown = std::chrono::floor<seconds>(local).count();
  const std::int64_t before = offset_at(shown - day), after = offset_at(shown + day);
  std::optional<std::int64_t> first;
  for (const std::int64_t offset : {before, after}) {
    if (offset_at(shown - offset) == offset && (!first || shown - offset < shown - *first)) first = offset;
  }
  return core::WallTime(local - seconds(first.value_or(before)));
}

}  // namespace outrider::health
