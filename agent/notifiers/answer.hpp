// What an answer over HTTP means for a message.
#pragma once

#include "agent/notifiers/shelf.hpp"

#include <string>
#include <string_view>

namespace outrider::notifiers {

// A POST of JSON. Of the answer no more is read than people are shown: one that is endless is still an
// answer.
net::Request post_of(std::string url, std::string body);

// What somebody else has said, in one line and without what could do harm to a terminal.
std::string harmless(std::string_view said, std::size_t most = 200);

// "it answered 400: invalid_payload"
std::string shown(const net::Response& response);

Hope hope_of(int status);

// Of an answer that is not 2xx. `target` is who answered.
Trouble trouble_of(std::string_view target, const net::Response& response, core::WallTime now);

// Nobody answered.
Trouble trouble_of(std::string_view target, const core::Error& error);

// "https://host/path" of a URL: what is secret often stands behind, and in the path, too.
std::string host_of(std::string_view url);

}  // namespace outrider::notifiers
