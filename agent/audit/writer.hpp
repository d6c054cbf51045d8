// The hand that writes the trail: blocking, used by one pool job at a time.
#pragma once

#include "agent/audit/line.hpp"
#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::audit {

class Writer {
 public:
  Writer(os::Files& files, std::string directory, std::uint64_t rotate_at_bytes)
      : files_(files), directory_(std::move(directory)), rotate_at_bytes_(rotate_at_bytes) {}

  // Reads what is there, sets aside what is not right. Gives what was found amiss, as a sentence, or nothing.
  core::Outcome<std::string> open(const std::string& time);

  // All of them with one sync, or none. Gives the sequence of the first.
  core::Outcome<std::uint64_t> append(const std::vector<Draft>& drafts);

  // After an append was acknowledged. What it says may lag behind the trail, never run ahead of it.
  core::Outcome<> save_head();

  const Head& head() const { return head_; }

 private:
  std::string path(std::string_view name) const { return directory_ + "/" + std::string(name); }
  core::Outcome<> read_trail(const std::string& time);
  core::Outcome<> read_last_rotated();
  core::Outcome<> keep_torn(std::string_view torn, std::uint64_t whole_bytes, const std::string& time);
  core::Outcome<> set_aside(const std::string& why, const std::string& time);
  void compare(const Head& saved);
  core::Outcome<> reopen();
  core::Outcome<> rotate();
  void found(const std::string& sentence);

  os::Files& files_;
  std::string directory_;
  std::uint64_t rotate_at_bytes_;
  std::unique_ptr<os::AppendFile> file_;
  std::uint64_t size_ = 0;   // of the current file, as far as it is durable
  std::uint64_t first_ = 0;  // sequence of its first line; 0: it has none
  Head head_;
  std::string found_;
  std::string trail_trouble_;  // why the current file cannot be gone on with
};

}  // namespace outrider::audit
