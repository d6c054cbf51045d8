// The acknowledgements, kept outside of the database: a line each, in <state>/recovery/canaries.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"
#include "agent/recovery/canary/canary.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

std::string to_line(const Acknowledged& row);
// Nothing for a line that was torn or is not one of ours.
std::optional<Acknowledged> read_line(std::string_view line);

// Calls block: from a river they go through async::offload.
class CanaryLog {
 public:
  static constexpr std::size_t most_rows = 40'000;  // two weeks at one each 30 s

  CanaryLog(os::Files& files, std::string path) : files_(files), path_(std::move(path)) {}

  // Reads what is there, ascending by id; a file that does not exist is empty.
  core::Outcome<std::vector<Acknowledged>> read() const;
  // Durable when it returns. When the file has grown to twice what is kept, the older half goes.
  core::Outcome<> append(const Acknowledged& row);

 private:
  os::Files& files_;
  std::string path_;
  std::unique_ptr<os::AppendFile> file_;
};

}  // namespace outrider::recovery
