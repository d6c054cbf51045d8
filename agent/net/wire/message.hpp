// Messages on the wire, both directions, for server and client alike: Beast's parsers do the reading, fed
// from a Wire; what is sent is put together here.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"
#include "agent/net/wire/wire.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/fields.hpp>

namespace outrider::net {

// Bytes that have come and are not parsed yet.
using Inbox = boost::beast::flat_buffer;

// Reads once, little where nothing says that more will come. `eof` is an error like any other.
core::Task<error_code> read_more(Wire& wire, Inbox& inbox, std::size_t most_bytes = 4096);

// Reads until the header is complete; `header_limit` when that takes more than `most_bytes`.
template <bool is_request>
core::Task<error_code> read_header(Wire& wire, Inbox& inbox,
                                   boost::beast::http::basic_parser<is_request>& parser,
                                   std::size_t most_bytes);

// Reads the rest of the message, after its header; or until `goes_on`, asked whenever something came, says
// no.
template <bool is_request>
core::Task<error_code> read_body(Wire& wire, Inbox& inbox,
                                 boost::beast::http::basic_parser<is_request>& parser,
                                 std::function<bool()> goes_on = nullptr);

Headers headers_of(const boost::beast::http::fields& fields);

// "name: value" and the end of the line. What would begin a line of its own in `value` is blanked.
void put_header(std::string& text, std::string_view name, std::string_view value);

// Every header line that is safe to hand on, but for those that say how this very message is framed.
void put_headers(std::string& text, const Headers& headers);

// As HTTP has it: "Sat, 21 Nov 2026 12:00:00 GMT".
std::string http_date(core::WallTime time);

// "404 Not Found"
std::string status_line(int status);

// "chunked", "1a2b" … : a word of the protocol, without blanks or separators.
bool is_token(std::string_view text);

}  // namespace outrider::net
