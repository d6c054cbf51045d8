// One transaction of LMDB: what it reads is one state of the book; what it writes is on the disk when
// commit() returns, or never was. Keys are whole here: [table][key], see lmdb_book.cpp.
#pragma once

#include "agent/durable/book.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct MDB_env;
struct MDB_txn;

namespace outrider::durable {

class Transaction {
 public:
  Transaction(MDB_env* environment, const std::string& file) : environment_(environment), file_(file) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();  // what was not committed never was

  core::Outcome<> begin(bool read_only);

  core::Outcome<> put(std::string_view key, std::string_view value);
  core::Outcome<> put(std::string_view key, const Change& change);  // its value, with what stands in it
  core::Outcome<> remove(std::string_view key);
  core::Outcome<std::optional<std::string>> get(std::string_view key) const;
  core::Outcome<> walk(std::string_view from, const Book::Visit& visit) const;
  core::Outcome<> skim(std::string_view from, std::size_t most_bytes, const Book::Glance& glance) const;
  core::Outcome<> commit();

  std::uint64_t used_bytes() const;
  // Where the file is mapped, found by what is read; 0 when nothing is in it.
  std::uintptr_t map() const;

 private:
  template <class Fill>
  core::Outcome<> put_sealed(std::string_view key, std::size_t bytes, const Fill& fill);
  template <class Look>
  core::Outcome<> each(std::string_view from, const Look& look) const;

  MDB_env* environment_;
  const std::string& file_;
  MDB_txn* handle_ = nullptr;
};

}  // namespace outrider::durable
