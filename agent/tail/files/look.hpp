// What a file's bytes are asked: what it begins with, and what follows from a place on. Each look says by the
// file's beginning and size whether it is still the same content. Blocks, but for look_cached().
#pragma once

#include "agent/os/watching/watched_files.hpp"
#include "agent/tail/files/part.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outrider::tail {

struct Look {
  std::size_t count = 0;  // bytes that were read
  os::FileFacts facts;    // taken after the reading, as the beginning is: what was read before is then good
  std::array<char, Head::most> beginning_bytes;
  std::size_t beginning_count = 0;

  std::string_view beginning() const { return {beginning_bytes.data(), beginning_count}; }
};

core::Outcome<> look(os::ReadableFile& file, std::span<char> into, std::uint64_t offset, Look& look);
// False when it would have to wait for a disk.
bool look_cached(os::ReadableFile& file, std::span<char> into, std::uint64_t offset, Look& look);

// Whether `offset` is where a line begins.
core::Outcome<bool> at_line_start(os::ReadableFile& file, std::uint64_t offset, std::string_view line_end);

// A file that was just opened.
struct Opened {
  std::string path;
  std::shared_ptr<os::ReadableFile> bytes;
  os::FileFacts facts;
  std::string beginning;
  std::uint64_t last_line = 0;  // where the line begins that has no end yet; only when asked for
  bool packed = false;          // by gzip: what is read is what was packed, and so is the size
};

core::Outcome<Opened> open(os::WatchedFiles& files, const std::string& path, bool find_last_line);

}  // namespace outrider::tail
