#include "agent/recovery/chain/book/memory.hpp"

#include "agent/core/sums/crc32c.hpp"

#include <cstring>
#include <type_traits>

namespace outrider::recovery {
namespace {

constexpr std::string_view signature = "ORWALMEM";
constexpr std::uint32_t version = 1;

std::uint32_t checksum(std::string_view bytes) {
  return core::crc32c_finished(core::crc32c_add(core::crc32c_start, bytes.data(), bytes.size()));
}

class Writer {
 public:
  template <class T>
    requires std::is_arithmetic_v<T>
  Writer& operator<<(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Writer& operator<<(const std::string& text) {
    *this << static_cast<std::uint32_t>(text.size());
    bytes += text;
    return *this;
  }
  Writer& operator<<(wal::Lsn lsn) { return *this << lsn.value; }
  Writer& operator<<(core::WallTime time) { return *this << time.time_since_epoch().count(); }
  Writer& operator<<(const wal::Commit& commit) { return *this << commit.lsn << commit.xid << commit.time; }
  template <class T>
  Writer& operator<<(const std::optional<T>& value) {
    *this << value.has_value();
    if (value) *this << *value;
    return *this;
  }
  Writer& operator<<(const wal::Head& head) {
    return *this << head.rest_bytes << head.here_bytes << head.first_bytes << head.crc_after
                 << head.overwrites << head.first_record << head.first_prev << head.system_id << head.magic
                 << head.page_timeline;
  }
  Writer& operator<<(const wal::Tail& tail) {
    return *this << tail.last_record << tail.open_record << tail.open_bytes << tail.open_done
                 << tail.open_first_bytes << tail.open_crc << tail.system_id << tail.magic
                 << tail.page_timeline << tail.last_commit;
  }

  std::string bytes;
};

// After the first thing that does not fit, all that follows is nothing, and `good` is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  template <class T>
    requires std::is_arithmetic_v<T>
  Reader& operator>>(T& value) {
    value = T{};
    if (left_.size() < sizeof value) {
      good = false;
      left_ = {};
      return *this;
    }
    if constexpr (std::is_same_v<T, bool>) {
      value = left_[0] != 0;
    } else {
      std::memcpy(&value, left_.data(), sizeof value);
    }
    left_.remove_prefix(sizeof value);
    return *this;
  }
  Reader& operator>>(std::string& text) {
    text = left_.substr(0, count(1));
    left_.remove_prefix(text.size());
    return *this;
  }
  Reader& operator>>(wal::Lsn& lsn) { return *this >> lsn.value; }
  Reader& operator>>(core::WallTime& time) {
    std::int64_t nanoseconds = 0;
    *this >> nanoseconds;
    time = core::WallTime(std::chrono::nanoseconds(nanoseconds));
    return *this;
  }
  Reader& operator>>(wal::Commit& commit) { return *this >> commit.lsn >> commit.xid >> commit.time; }
  template <class T>
  Reader& operator>>(std::optional<T>& value) {
    bool has = false;
    *this >> has;
    value.reset();
    if (has) *this >> value.emplace();
    return *this;
  }
  Reader& operator>>(wal::Head& head) {
    return *this >> head.rest_bytes >> head.here_bytes >> head.first_bytes >> head.crc_after >>
           head.overwrites >> head.first_record >> head.first_prev >> head.system_id >> head.magic >>
           head.page_timeline;
  }
  Reader& operator>>(wal::Tail& tail) {
    return *this >> tail.last_record >> tail.open_record >> tail.open_bytes >> tail.open_done >>
           tail.open_first_bytes >> tail.open_crc >> tail.system_id >> tail.magic >> tail.page_timeline >>
           tail.last_commit;
  }

  // How many things of at least `each` bytes follow.
  std::size_t count(std::size_t each) {
    std::uint32_t number = 0;
    *this >> number;
    if (number <= left_.size() / each) return number;
    good = false;
    return 0;
  }
  bool at_end() const { return left_.empty(); }

  bool good = true;

 private:
  std::string_view left_;
};

tl::unexpected<core::Error> torn(std::string_view why) {
  return core::fail(core::Errc::corrupt,
                    "cannot trust what is remembered of verified WAL: " + std::string(why),
                    "nothing to be done: it is forgotten, and the WAL is read again");
}

}  // namespace

std::uint32_t print_of(const catalogs::ArchivedFile& file) {
  const std::int64_t stored = file.stored.time_since_epoch().count();
  std::uint32_t crc = core::crc32c_add(core::crc32c_start, file.name.data(), file.name.size());
  crc = core::crc32c_add(crc, file.object.data(), file.object.size());
  crc = core::crc32c_add(crc, &file.stored_bytes, sizeof file.stored_bytes);
  crc = core::crc32c_add(crc, &stored, sizeof stored);
  return core::crc32c_finished(core::crc32c_add(crc, file.sha1.data(), file.sha1.size()));
}

std::string packed(const Memory& memory) {
  Writer out;
  out.bytes = signature;
  out << version << memory.archive << memory.segment_bytes
      << static_cast<std::uint32_t>(memory.ranges.size());
  for (const SoundRange& range : memory.ranges) {
    out << range.timeline << range.first << range.head << range.tail << range.read_first << range.read_last;
    out << static_cast<std::uint32_t>(range.prints.size());
    for (const std::uint32_t print : range.prints) out << print;
  }
  out << static_cast<std::uint32_t>(memory.broken.size());
  for (const BrokenSegment& broken : memory.broken) {
    out << broken.id.timeline << broken.id.number << broken.print << static_cast<std::uint32_t>(broken.kind)
        << broken.offset << broken.lsn << broken.what;
  }
  const std::uint32_t crc = checksum(out.bytes);
  out << crc;
  return std::move(out.bytes);
}

core::Outcome<Memory> unpacked(std::string_view bytes) {
  if (!bytes.starts_with(signature) || bytes.size() < signature.size() + 8) return torn("it is another file");
  const std::string_view body = bytes.substr(0, bytes.size() - 4);
  std::uint32_t crc = 0;
  std::memcpy(&crc, bytes.data() + body.size(), sizeof crc);
  if (crc != checksum(body)) return torn("its checksum is wrong");

  Reader in(body.substr(signature.size()));
  std::uint32_t written_by = 0;
  in >> written_by;
  if (written_by != version) return torn("it was written by another version");
  Memory memory;
  in >> memory.archive >> memory.segment_bytes;
  memory.ranges.resize(in.count(32));
  for (SoundRange& range : memory.ranges) {
    in >> range.timeline >> range.first >> range.head >> range.tail >> range.read_first >> range.read_last;
    range.prints.resize(in.count(4));
    for (std::uint32_t& print : range.prints) in >> print;
  }
  memory.broken.resize(in.count(32));
  for (BrokenSegment& broken : memory.broken) {
    std::uint32_t kind = 0;
    in >> broken.id.timeline >> broken.id.number >> broken.print >> kind >> broken.offset >> broken.lsn >>
        broken.what;
    broken.kind = static_cast<wal::FaultKind>(kind);
  }
  if (!in.good || !in.at_end()) return torn("it does not hold what it announces");
  return memory;
}

}  // namespace outrider::recovery
