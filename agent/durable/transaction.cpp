#include "agent/durable/transaction.hpp"

#include "agent/durable/lmdb_trouble.hpp"
#include "agent/durable/sealed_value.hpp"

#include <cstring>
#include <memory>
#include <utility>

#include <lmdb.h>

namespace outrider::durable {
namespace {

constexpr MDB_dbi free_pages = 0;  // LMDB's own two trees
constexpr MDB_dbi entries = 1;

MDB_val value_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // LMDB only reads it
}

std::string_view text_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

struct CloseCursor {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};
using Cursor = std::unique_ptr<MDB_cursor, CloseCursor>;

}  // namespace

Transaction::~Transaction() {
  if (handle_ != nullptr) mdb_txn_abort(handle_);
}

core::Outcome<> Transaction::begin(bool read_only) {
  int code = mdb_txn_begin(environment_, nullptr, read_only ? MDB_RDONLY : 0u, &handle_);
  if (code != 0) {
    handle_ = nullptr;
    return core::fail(lmdb_trouble(read_only ? "read" : "write", file_, code));
  }
  MDB_dbi opened;  // the two trees have fixed numbers, but must be asked for
  code = mdb_dbi_open(handle_, nullptr, 0, &opened);
  return code == 0 ? core::Outcome<>() : core::fail(lmdb_trouble("open", file_, code));
}

// Sealed where it will lie: what waits may be large, and is not copied once more.
template <class Fill>
core::Outcome<> Transaction::put_sealed(std::string_view key, std::size_t bytes, const Fill& fill) {
  MDB_val at = value_of(key);
  MDB_val stored{seal_bytes + bytes, nullptr};
  const int code = mdb_put(handle_, entries, &at, &stored, MDB_RESERVE);
  if (code != 0) return core::fail(lmdb_trouble("write", file_, code));
  Sealing sealing(static_cast<char*>(stored.mv_data), key);
  fill(sealing);
  sealing.finish();
  return {};
}

core::Outcome<> Transaction::put(std::string_view key, std::string_view value) {
  return put_sealed(key, value.size(), [value](Sealing& sealing) { sealing.add(value); });
}

core::Outcome<> Transaction::put(std::string_view key, const Change& change) {
  return put_sealed(key, value_bytes(change), [&change](Sealing& sealing) {
    for_each_piece(change, [&sealing](std::string_view piece) { sealing.add(piece); });
  });
}

core::Outcome<> Transaction::remove(std::string_view key) {
  MDB_val at = value_of(key);
  const int code = mdb_del(handle_, entries, &at, nullptr);
  return code == 0 || code == MDB_NOTFOUND ? core::Outcome<>()
                                           : core::fail(lmdb_trouble("write", file_, code));
}

core::Outcome<std::optional<std::string>> Transaction::get(std::string_view key) const {
  MDB_val at = value_of(key);
  MDB_val stored;
  const int code = mdb_get(handle_, entries, &at, &stored);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != 0) return core::fail(lmdb_trouble("read", file_, code));
  const auto value = unsealed(key, text_of(stored));
  if (!value) return core::fail(damaged(file_, "an entry is not what was written"));
  return std::string(*value);
}

// Until `look` says false, or has found trouble.
template <class Look>
core::Outcome<> Transaction::each(std::string_view from, const Look& look) const {
  MDB_cursor* opened = nullptr;
  if (const int code = mdb_cursor_open(handle_, entries, &opened); code != 0) {
    return core::fail(lmdb_trouble("read", file_, code));
  }
  const Cursor cursor(opened);
  MDB_val key = value_of(from);
  MDB_val stored;
  int code = mdb_cursor_get(opened, &key, &stored, MDB_SET_RANGE);
  for (; code == 0; code = mdb_cursor_get(opened, &key, &stored, MDB_NEXT)) {
    const core::Outcome<bool> goes_on = look(text_of(key), text_of(stored));
    if (!goes_on) return core::fail(goes_on.error());
    if (!*goes_on) return {};
  }
  return code == MDB_NOTFOUND ? core::Outcome<>() : core::fail(lmdb_trouble("read", file_, code));
}

core::Outcome<> Transaction::walk(std::string_view from, const Book::Visit& visit) const {
  return each(from, [&](std::string_view key, std::string_view stored) -> core::Outcome<bool> {
    const auto value = unsealed(key, stored);
    if (!value) return core::fail(damaged(file_, "an entry is not what was written"));
    return visit(key, *value);
  });
}

core::Outcome<> Transaction::skim(std::string_view from, std::size_t most_bytes,
                                  const Book::Glance& glance) const {
  return each(from, [&](std::string_view key, std::string_view stored) -> core::Outcome<bool> {
    const std::string_view value = behind_seal(stored);
    return glance(key, value.substr(0, most_bytes), value.size());
  });
}

core::Outcome<> Transaction::commit() {
  const std::uint64_t number = mdb_txn_id(handle_);
  const std::string_view text(reinterpret_cast<const char*>(&number), sizeof number);
  if (auto numbered = put(commit_key, text); !numbered) return numbered;
  const int code = mdb_txn_commit(std::exchange(handle_, nullptr));
  return code == 0 ? core::Outcome<>() : core::fail(lmdb_trouble("write", file_, code));
}

std::uint64_t Transaction::used_bytes() const {
  std::uint64_t pages = 2;  // the two heads
  std::uint64_t page_bytes = 0;
  for (const MDB_dbi tree : {free_pages, entries}) {
    MDB_stat stat;
    if (mdb_stat(handle_, tree, &stat) != 0) return 0;
    pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    page_bytes = stat.ms_psize;
  }
  return pages * page_bytes;
}

std::uintptr_t Transaction::map() const {
  MDB_val at = value_of(commit_key);
  MDB_val stored;
  MDB_stat stat;
  if (mdb_get(handle_, entries, &at, &stored) != 0 || mdb_stat(handle_, entries, &stat) != 0) return 0;
  // A page begins with its own number.
  const auto page = reinterpret_cast<std::uintptr_t>(stored.mv_data) / stat.ms_psize * stat.ms_psize;
  std::uint64_t number;
  std::memcpy(&number, reinterpret_cast<const void*>(page), sizeof number);
  return page - number * stat.ms_psize;
}

}  // namespace outrider::durable
