// As much of Redis' protocol (RESP2) as who asks a Redis how it is speaks: commands out, one reply in.
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

namespace outrider::net::resp {

std::string command(const std::vector<std::string_view>& words);

struct Reply {
  bool is_error = false;
  std::string text;  // of an error: "LOADING Redis is loading the dataset in memory"
};

// What an error reply is to us: `denied` when it does not let us ask, `refused` when it is not well. Its
// first line, printable.
core::Error refusal(std::string_view said);

// "master_link_status" of what INFO says; empty when it says nothing of it.
std::string_view field(std::string_view info, std::string_view name);

// Who we are to it. Nobody in particular where no password is set.
struct Login {
  std::string_view user;  // empty: the default user
  std::string_view password;
};

// One connection. Its limits are the caller's: whoever calls has a deadline of his own.
class Talk {
 public:
  Talk(std::unique_ptr<Stream> stream, core::Duration limit, std::size_t most_bytes = 64UL * 1024)
      : stream_(std::move(stream)), limit_(limit), most_bytes_(most_bytes) {}

  // `corrupt` when what comes is not RESP, or more than `most_bytes` of it.
  core::Task<core::Outcome<Reply>> ask(std::vector<std::string_view> words);

  // An Error when it does not let us in; one that still loads its data lets everybody in.
  core::Task<core::Outcome<>> enter(Login login);

 private:
  core::Task<core::Outcome<>> read_more();
  core::Task<core::Outcome<std::string>> take_line();
  core::Task<core::Outcome<std::string>> take_bytes(std::size_t count);

  std::unique_ptr<Stream> stream_;
  core::Duration limit_;
  std::size_t most_bytes_;
  std::string inbox_;
};

}  // namespace outrider::net::resp
