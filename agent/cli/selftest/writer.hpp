// Writes the lines of a self-test into a log file that is rotated in every usual way, as a service and its
// logrotate do.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace outrider::cli {

enum class Rotating { by_renaming, by_packing, by_copying };

class Writer {
 public:
  Writer(os::Files& files, std::string directory, std::uint64_t seed)
      : files_(files), directory_(std::move(directory)), seed_(seed) {}

  std::uint64_t written() const { return written_; }
  std::uint64_t rotations() const { return rotations_; }
  std::uint64_t deleted() const { return deleted_; }

  core::Outcome<> write_until(std::uint64_t number);
  core::Outcome<> rotate(Rotating how);
  // Deletes rotated files of which all lines have arrived: those before this number.
  core::Outcome<> tidy(std::uint64_t arrived_until);

 private:
  struct Rotated {
    std::string path;
    std::uint64_t until;  // the first line that is not in it
  };

  std::string current() const { return directory_ + "/app.log"; }
  core::Outcome<> copy(const std::string& to);
  core::Outcome<> pack(const std::string& path);

  os::Files& files_;
  std::string directory_;
  std::uint64_t seed_;
  std::uint64_t written_ = 0, rotations_ = 0, deleted_ = 0;
  std::deque<Rotated> old_;  // the oldest first
};

}  // namespace outrider::cli
