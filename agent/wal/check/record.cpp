#include "agent/wal/check/record.hpp"

namespace outrider::wal {
namespace {

constexpr std::uint8_t commit_operation = 0x00;
constexpr std::uint8_t commit_prepared_operation = 0x30;
constexpr std::uint8_t operation_mask = 0x70;
constexpr std::uint8_t has_info = 0x80;

// Bits of xl_xact_xinfo: which parts follow it.
constexpr std::uint32_t has_database = 1u << 0;
constexpr std::uint32_t has_subtransactions = 1u << 1;
constexpr std::uint32_t has_relations = 1u << 2;
constexpr std::uint32_t has_invalidations = 1u << 3;
constexpr std::uint32_t has_prepared = 1u << 4;
constexpr std::uint32_t has_dropped_statistics = 1u << 8;

constexpr std::int64_t seconds_from_1970_to_2000 = 946'684'800;

// A transaction's record refers to no blocks: behind its header stand at most the origin, the top-level xid,
// and then the length of the main data.
std::optional<std::string_view> main_data(std::string_view record) {
  std::size_t at = RecordHeader::bytes;
  while (at < record.size()) {
    const auto id = static_cast<std::uint8_t>(record[at]);
    if (id == 253) {  // origin
      at += 3;
    } else if (id == 252) {  // top-level xid
      at += 5;
    } else if (id == 255) {  // short main data
      return at + 2 <= record.size() ? std::optional(record.substr(at + 2)) : std::nullopt;
    } else if (id == 254) {  // long main data
      return at + 5 <= record.size() ? std::optional(record.substr(at + 5)) : std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

// COMMIT PREPARED is written by another transaction than the one it commits, whose number stands behind all
// that is of variable length. 0 when the record was cut off, or has parts whose size differs between
// versions.
std::uint32_t prepared_xid(std::string_view data) {
  std::size_t at = 8;
  const auto number = [&]() -> std::uint32_t {
    return at + 4 <= data.size() ? load<std::uint32_t>(data.data() + at) : 0;
  };
  const std::uint32_t parts = number();
  at += 4;
  if ((parts & has_prepared) == 0 || (parts & has_dropped_statistics) != 0) return 0;
  if ((parts & has_database) != 0) at += 8;
  if ((parts & has_subtransactions) != 0) at += 4 + std::size_t{number()} * 4;
  if ((parts & has_relations) != 0) at += 4 + std::size_t{number()} * 12;
  if ((parts & has_invalidations) != 0) at += 4 + std::size_t{number()} * 16;
  return number();
}

}  // namespace

std::optional<Commit> read_commit(std::string_view record, Lsn lsn) {
  if (record.size() < RecordHeader::bytes) return std::nullopt;
  const RecordHeader header(record.data());
  const auto operation = static_cast<std::uint8_t>(header.info & operation_mask);
  const bool of_prepared = operation == commit_prepared_operation;
  if (!header.is_transaction() || (operation != commit_operation && !of_prepared)) return std::nullopt;
  const auto data = main_data(record);
  if (!data || data->size() < 8) return std::nullopt;

  Commit commit;
  commit.lsn = lsn;
  commit.xid = header.xid;
  if (of_prepared) commit.xid = (header.info & has_info) != 0 ? prepared_xid(*data) : 0;
  const auto microseconds = std::chrono::microseconds(load<std::int64_t>(data->data()));
  commit.time = core::WallTime(std::chrono::seconds(seconds_from_1970_to_2000)) + microseconds;
  return commit;
}

}  // namespace outrider::wal
