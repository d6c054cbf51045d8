// One run of bytes that is read: a generation of a file. What it is known by, what is noted of it, and how
// far each lane has read.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/os/watching/watched_files.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::tail {

// The first bytes of a file, as many as it had when last looked at and at most `most`.
struct Head {
  static constexpr std::size_t most = 1024;

  std::uint32_t bytes = 0;
  std::uint64_t hash = 0;
  // Where its first lines end, and the short hash of all up to there.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> lines;

  static Head of(std::string_view beginning);
  // Whether a file that begins like this may be the same.
  bool begins(std::string_view beginning) const;
  // Whether this may be all that it had when it was shorter than we know it.
  bool began_as(std::string_view shorter) const;
};

// A short hash of the line that a file begins with.
std::uint32_t short_hash(std::string_view line);

// The line a file begins with, its end included, or as much of it as a head holds; nothing while it is not
// whole. It never changes, however the file grows, so that what is made of it is the same whenever it is
// made.
std::optional<std::string_view> first_line(std::string_view beginning);

// How lines end in a file that begins like this: in UTF-16 a byte alone says nothing.
std::string_view line_end_of(std::string_view beginning);

// Which file this is, as long as we run and it lives.
struct Identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t born = 0;

  static Identity of(const os::FileFacts& facts) { return {facts.device, facts.inode, facts.born}; }
  // What the next start of the machine leaves of it.
  bool same_but_for_device(const Identity& other) const { return inode == other.inode && born == other.born; }
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

// How often this file began with this line, by a short hash of it: a file that is truncated and begins anew
// with the same banner is another one. Of the last few lines only.
using Beginnings = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// How far a lane has read a part.
struct Cursor {
  std::uint64_t began = 0;
  std::uint64_t at = 0;
  bool queued = false;     // waits for its turn
  bool busy = false;       // has it
  bool continued = false;  // `at` is within a line that was cut
  bool placed = false;     // `continued` is known
};

struct Part {
  std::string path;      // under which it was first seen
  std::string found_at;  // that leads to it now and is one of ours; empty: none
  std::string key;       // in notebook and lanes; empty until its first line is there
  Identity identity;
  Head head;
  Beginnings beginnings;
  telemetry::Origin origin;
  std::uint64_t start = 0;                  // where reading begins
  std::uint64_t size = 0;                   // when last looked at
  std::int64_t since = 0;                   // nothing that was last changed before is a copy of it
  std::shared_ptr<os::ReadableFile> bytes;  // null: to be found, or to be opened
  bool sought = false;                      // its content is no longer where it was
  bool finished = false;                    // no more will be written to it
  std::int64_t modified = 0;                // when last looked at
  bool packed = false;                      // by gzip
  bool copied = false;                      // read from a copy, which may end before what was read
  bool suspect = false;                     // may be a copy of another
  bool cleared = false;                     // it is none
  bool closed = false;                      // at rest, and its descriptor needed elsewhere
  bool wanted = false;                      // is to be opened
  bool told = false;                        // trouble with it was logged
  bool deleted = false;                     // there only for us
  bool counted = false;                     // among the rotations
  core::Instant quiet_since{};              // once nothing of ours leads to it
  std::string_view line_end;                // as its encoding has it
  std::vector<Cursor> cursors;              // one a lane

  bool begun() const { return !key.empty(); }
};

using PartPointer = std::shared_ptr<Part>;

// Part::since; nothing where the clock was moved back meanwhile, for then times tell nothing.
std::int64_t since_of(const Part& part, core::WallTime now);

// Gives it its key and its origin: the same each time for the same file and line.
void begin(Part& part, std::string_view installation, std::string_view line, std::uint32_t generation);

// As it stands in the notebook, under `part_prefix` and its key. Under `path_prefix` and a path stands which
// was the last generation of a file that is over; under `file_prefix` and an identity how a file began before
// it was truncated, until it begins again.
inline constexpr std::string_view part_prefix = "part ";
inline constexpr std::string_view path_prefix = "path ";
inline constexpr std::string_view file_prefix = "file ";
std::string note_key(std::string_view prefix, std::string_view rest);
std::string written(const Part& part);
std::string file_key(const Identity& identity);
std::string written(const Beginnings& beginnings);
std::optional<Beginnings> read_beginnings(const std::string& text);
std::optional<Part> read_note(const std::string& key, const std::string& text);

}  // namespace outrider::tail
