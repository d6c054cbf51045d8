// As much of Redis' protocol (RESP2) as a probe speaks: commands out, one reply in.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/streams/stream.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::probes::redis {

std::string command(const std::vector<std::string_view>& words);

struct Reply {
  bool is_error = false;
  std::string text;  // of an error: "LOADING Redis is loading the dataset in memory"
};

// "master_link_status" of what INFO says; empty when it says nothing of it.
std::string_view field(std::string_view info, std::string_view name);

// One connection. Its limits are the caller's: whoever calls has a deadline of his own.
class Talk {
 public:
  Talk(std::unique_ptr<net::Stream> stream, core::Duration limit)
      : stream_(std::move(stream)), limit_(limit) {}

  // `corrupt` when what comes is not RESP, or more than 64 KiB of it.
  core::Task<core::Outcome<Reply>> ask(std::vector<std::string_view> words);

 private:
  core::Task<core::Outcome<>> read_more();
  core::Task<core::Outcome<std::string>> take_line();
  core::Task<core::Outcome<std::string>> take_bytes(std::size_t count);

  std::unique_ptr<net::Stream> stream_;
  core::Duration limit_;
  std::string inbox_;
};

}  // namespace outrider::probes::redis
