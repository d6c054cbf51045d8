// LMDB's environment as the book needs it: bounded in bytes and in memory, with disk set aside so that
// removing works when the disk is full, and looked through before it is trusted. Only this file's twin says
// mdb_. One environment a folder and process; it may be used from any thread.
#pragma once

#include "agent/durable/book.hpp"
#include "agent/durable/transaction.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

struct MDB_env;

namespace outrider::durable {

// What a write will take at most, worked out before it begins.
struct Need {
  std::uint64_t changes = 0;
  std::uint64_t bytes = 0;  // 0: it only removes

  void add(std::size_t key_bytes, std::size_t value_bytes);
};

class Environment {
 public:
  static core::Outcome<std::unique_ptr<Environment>> open(const std::string& folder, BookOptions options);
  Environment(std::string folder, BookOptions options);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

  const std::string& file() const { return file_; }
  bool read_only() const { return options_.read_only; }
  std::uint64_t most_bytes() const { return options_.most_bytes; }
  std::uint64_t used_bytes() const;

  // `exhausted` when what is needed goes beyond the book's bound or the disk; never so for what only removes.
  core::Outcome<> make_room(Need need);
  core::Outcome<std::unique_ptr<Transaction>> begin_reading() const;
  core::Outcome<std::unique_ptr<Transaction>> begin_writing();

  // Places of readers that died with their process: they would keep old pages from being used again. True
  // when there were some.
  bool clear_stale_readers() const;
  // Gives the mapped pages back; the kernel still has what was read in its cache.
  void release_memory() const;

 private:
  core::Outcome<> start();
  core::Outcome<> look_at_heads() const;
  core::Outcome<> look_at_pages() const;
  core::Outcome<> write_first();
  core::Outcome<> find_map();
  core::Outcome<> set_disk_aside(std::uint64_t until);
  core::Outcome<std::unique_ptr<Transaction>> begin(bool read_only) const;

  std::string folder_;
  std::string file_;
  BookOptions options_;
  MDB_env* handle_ = nullptr;
  std::uintptr_t map_ = 0;                          // where the file is mapped; 0: nothing is in it yet
  std::atomic<std::uint64_t> set_aside_bytes_ = 0;  // the disk is ours up to here
  std::atomic<std::uint64_t> writes_ = 0;
};

}  // namespace outrider::durable
