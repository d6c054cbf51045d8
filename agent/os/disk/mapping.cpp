#include "agent/os/mapping.hpp"

#include "agent/os/descriptor.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outrider::os {
namespace {

class FileMapping final : public Mapping {
 public:
  explicit FileMapping(std::span<char> bytes) : bytes_(bytes) {}
  ~FileMapping() override { ::munmap(bytes_.data(), bytes_.size()); }

  std::span<char> bytes() override { return bytes_; }

  void rest(std::size_t from, std::size_t count) override {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t first = (from + page - 1) / page * page;
    const std::size_t end = std::min(from + count, bytes_.size()) / page * page;
    if (end > first) (void)::madvise(bytes_.data() + first, end - first, MADV_DONTNEED);
  }

 private:
  std::span<char> bytes_;
};

class NoMapping final : public Mapping {
 public:
  explicit NoMapping(std::uint64_t bytes) : bytes_(bytes) {}
  std::span<char> bytes() override { return bytes_; }
  void rest(std::size_t, std::size_t) override {}

 private:
  std::vector<char> bytes_;
};

// Written and not only reserved: a reserved block becomes a real one at its first touch, and that may wait
// for the disk.
core::Outcome<> fill(int descriptor, std::uint64_t bytes) {
  static constexpr std::array<char, 64 * 1024> nothing{};
  for (std::uint64_t at = 0; at < bytes;) {
    const std::size_t count = std::min<std::uint64_t>(nothing.size(), bytes - at);
    const ssize_t written = ::pwrite(descriptor, nothing.data(), count, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return core::fail(core::system_error("cannot fill it"));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

}  // namespace

core::Outcome<std::unique_ptr<Mapping>> map_file(const std::string& path, std::uint64_t bytes) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file) return core::fail(core::system_error("cannot open " + path));
  struct stat found{};
  if (::fstat(file.number(), &found) != 0) return core::fail(core::system_error("cannot look at " + path));
  const bool as_it_was = static_cast<std::uint64_t>(found.st_size) == bytes &&
                         static_cast<std::uint64_t>(found.st_blocks) * 512 >= bytes;
  if (!as_it_was) {
    if (::ftruncate(file.number(), 0) != 0) return core::fail(core::system_error("cannot empty " + path));
    if (const auto filled = fill(file.number(), bytes); !filled) {
      (void)::ftruncate(file.number(), 0);  // a full disk gets its blocks back
      return core::fail("cannot make " + path, filled.error());
    }
  }
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (at == MAP_FAILED) return core::fail(core::system_error("cannot map " + path));
  return std::make_unique<FileMapping>(std::span<char>(static_cast<char*>(at), bytes));
}

core::Outcome<std::unique_ptr<Mapping>> map_nothing(const std::string&, std::uint64_t bytes) {
  return std::make_unique<NoMapping>(bytes);
}

}  // namespace outrider::os
