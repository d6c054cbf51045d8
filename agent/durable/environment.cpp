#include "agent/durable/environment.hpp"

#include "agent/durable/damage/pages.hpp"
#include "agent/durable/lmdb_trouble.hpp"
#include "agent/os/descriptor.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <lmdb.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace outrider::durable {
namespace {

// What removing may take when the book, or the disk, is full. Each change of the tree writes the pages from
// the root to the leaf anew before the old ones are free.
constexpr std::uint64_t reserve_bytes = 1 << 20;
constexpr std::uint64_t step_bytes = 1 << 20;  // by which the disk is set aside
constexpr std::uint64_t writes_between_checks = 256;
constexpr std::uint64_t most_branches = 4;  // from the root to a leaf, in a tree of any size that fits here
constexpr std::uint64_t page_bytes = 4096;

std::uint64_t rounded_up(std::uint64_t bytes, std::uint64_t step) { return (bytes + step - 1) / step * step; }

}  // namespace

void Need::add(std::size_t key_bytes, std::size_t value_bytes) {
  const std::uint64_t node = key_bytes + value_bytes + 16;
  // Half a page and more goes to pages of its own; a page of small ones may be split in two halves.
  bytes += node > page_bytes / 2 ? rounded_up(node, page_bytes) + 64 : 2 * node;
}

Environment::Environment(std::string folder, BookOptions options)
    : folder_(std::move(folder)), file_(folder_ + "/data.mdb"), options_(options) {}

Environment::~Environment() {
  if (handle_ != nullptr) mdb_env_close(handle_);
}

core::Outcome<std::unique_ptr<Environment>> Environment::open(const std::string& folder,
                                                              BookOptions options) {
  if (!options.read_only && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return core::fail(core::system_error("cannot make " + folder));
  }
  auto environment = std::make_unique<Environment>(folder, options);
  if (auto started = environment->start(); !started) return core::fail(started.error());
  return environment;
}

core::Outcome<> Environment::start() {
  if (const int code = mdb_env_create(&handle_); code != 0)
    return core::fail(lmdb_trouble("open", file_, code));
  // Only addresses are taken for it; a reader takes what the file says.
  if (!options_.read_only) {
    mdb_env_set_mapsize(handle_, rounded_up(options_.most_bytes, page_bytes) + 2 * reserve_bytes);
  }
  if (auto looked = look_at_heads(); !looked) return looked;
  const unsigned flags = MDB_NOTLS | (options_.read_only ? MDB_RDONLY : 0u);
  if (const int code = mdb_env_open(handle_, folder_.c_str(), flags, 0600); code != 0) {
    return core::fail(lmdb_trouble("open", file_, code));
  }
  clear_stale_readers();
  if (auto looked = look_at_pages(); !looked) return looked;
  if (auto found = find_map(); !found) return found;
  if (map_ != 0 || options_.read_only) return {};
  if (auto written = write_first(); !written) return written;
  return find_map();
}

// LMDB believes its heads, and maps what they say: first we look.
core::Outcome<> Environment::look_at_heads() const {
  const os::Descriptor data(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!data && errno == ENOENT && !options_.read_only) return {};
  if (!data) return core::fail(core::system_error("cannot open " + file_));
  struct stat facts;
  if (::fstat(data.number(), &facts) == 0 && facts.st_size == 0 && !options_.read_only) return {};
  const auto heads = read_heads(data.number());
  if (!heads) return core::fail(damaged(file_, heads.error().what));
  if (options_.read_only) return {};  // its writer may be about to change them
  const std::string trouble = trouble_of_heads(data.number(), *heads);
  return trouble.empty() ? core::Outcome<>() : core::fail(damaged(file_, trouble));
}

// As long as we read, no page of that state is written over, whoever writes meanwhile.
core::Outcome<> Environment::look_at_pages() const {
  const auto reading = begin_reading();
  if (!reading) return core::fail(reading.error());
  int file;
  mdb_env_get_fd(handle_, &file);
  const auto heads = read_heads(file);
  if (!heads) return core::fail(damaged(file_, heads.error().what));
  const Walked walked = walk_pages(file, newest(*heads), [](std::string_view, std::string_view) {});
  return walked.sound() ? core::Outcome<>() : core::fail(damaged(file_, walked.damage.front()));
}

core::Outcome<> Environment::find_map() {
  const auto reading = begin_reading();
  if (!reading) return core::fail(reading.error());
  map_ = (*reading)->map();
  return {};
}

// A book that was never written to gets its first page at once: so it is known early that it can be written.
core::Outcome<> Environment::write_first() {
  if (auto ready = set_disk_aside(step_bytes); !ready) return ready;
  const auto writing = begin_writing();
  return writing ? (*writing)->commit() : core::fail(writing.error());
}

core::Outcome<std::unique_ptr<Transaction>> Environment::begin(bool read_only) const {
  auto transaction = std::make_unique<Transaction>(handle_, file_);
  if (auto begun = transaction->begin(read_only); !begun) return core::fail(begun.error());
  return transaction;
}

core::Outcome<std::unique_ptr<Transaction>> Environment::begin_reading() const { return begin(true); }

core::Outcome<std::unique_ptr<Transaction>> Environment::begin_writing() {
  if (writes_.fetch_add(1) % writes_between_checks == 0) clear_stale_readers();
  return begin(false);
}

std::uint64_t Environment::used_bytes() const {
  const auto reading = begin_reading();
  return reading ? (*reading)->used_bytes() : 0;
}

core::Outcome<> Environment::make_room(Need need) {
  if (need.bytes == 0) return {};
  const std::uint64_t used = used_bytes();
  if (used + need.bytes > options_.most_bytes) {
    return core::fail(core::Errc::exhausted,
                      fmt::format("cannot write {}: it holds {} bytes, and {} is its bound", file_, used,
                                  options_.most_bytes),
                      "it empties itself when what waits in it is taken; or give it more room");
  }
  MDB_envinfo info;
  mdb_env_info(handle_, &info);
  const std::uint64_t touched = std::min<std::uint64_t>(need.changes * most_branches, 256) * page_bytes;
  return set_disk_aside((info.me_last_pgno + 1) * page_bytes + need.bytes + touched + reserve_bytes);
}

core::Outcome<> Environment::set_disk_aside(std::uint64_t until) {
  if (until <= set_aside_bytes_) return {};
  until = rounded_up(until, step_bytes);
  int file;
  mdb_env_get_fd(handle_, &file);
  // The file keeps its length, so that nobody reads what was not written. Not all file systems can do it.
  if (::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(until)) != 0 && errno != EOPNOTSUPP) {
    return core::fail(core::system_error("cannot set disk aside for " + file_));
  }
  set_aside_bytes_ = until;
  return {};
}

bool Environment::clear_stale_readers() const {
  int dead = 0;
  return mdb_reader_check(handle_, &dead) == 0 && dead > 0;
}

void Environment::release_memory() const {
  if (map_ == 0) return;
  MDB_envinfo info;
  mdb_env_info(handle_, &info);
  ::madvise(reinterpret_cast<void*>(map_), (info.me_last_pgno + 1) * page_bytes, MADV_DONTNEED);
}

}  // namespace outrider::durable
