#include "agent/net/wire/message.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

namespace outrider::net {
namespace {

namespace http = boost::beast::http;

// Of a body that says how long it is.
constexpr std::size_t least_read_bytes = 4096, most_read_bytes = 64 * 1024;
// A chunk's head or a trailer that is still incomplete after so much is not one.
constexpr std::size_t most_unparsed_bytes = 16 * 1024;

}  // namespace

core::Task<error_code> read_more(Wire& wire, Inbox& inbox, std::size_t most_bytes) {
  const auto space = inbox.prepare(most_bytes);
  const std::span<char> into(static_cast<char*>(space.data()), space.size());
  const Moved moved = co_await wire.read_some(into);
  inbox.commit(moved.bytes);
  co_return moved.bytes > 0 ? error_code() : moved.error;
}

template <bool is_request>
core::Task<error_code> read_header(Wire& wire, Inbox& inbox, http::basic_parser<is_request>& parser,
                                   std::size_t most_bytes) {
  parser.header_limit(static_cast<std::uint32_t>(most_bytes));
  for (;;) {
    error_code error;
    if (inbox.size() > 0) {
      inbox.consume(parser.put(inbox.cdata(), error));
      if (error && error != http::error::need_more) co_return error;
      if (parser.is_header_done()) co_return error_code();
    }
    error = co_await read_more(wire, inbox);
    if (error == boost::asio::error::eof && parser.got_some()) {
      co_return http::make_error_code(http::error::partial_message);
    }
    if (error) co_return error;
  }
}

template <bool is_request>
core::Task<error_code> read_body(Wire& wire, Inbox& inbox, http::basic_parser<is_request>& parser,
                                 std::function<bool()> goes_on) {
  while (!parser.is_done()) {
    error_code error;
    bool hungry = inbox.size() == 0;
    if (!hungry) {
      inbox.consume(parser.put(inbox.cdata(), error));
      if (error && error != http::error::need_more) co_return error;
      if (goes_on && !goes_on()) co_return error_code();
      hungry = error == http::error::need_more;
      if (hungry && inbox.size() > most_unparsed_bytes) {
        co_return http::make_error_code(http::error::bad_chunk);
      }
    }
    if (!hungry || parser.is_done()) continue;
    const std::uint64_t left = parser.content_length_remaining().value_or(0);
    const auto most =
        static_cast<std::size_t>(std::clamp<std::uint64_t>(left, least_read_bytes, most_read_bytes));
    error = co_await read_more(wire, inbox, most);
    if (error && is_hang_up(error)) {
      parser.put_eof(error);
      if (error) co_return error;
    } else if (error) {
      co_return error;
    }
  }
  co_return error_code();
}

template core::Task<error_code> read_header(Wire&, Inbox&, http::basic_parser<true>&, std::size_t);
template core::Task<error_code> read_header(Wire&, Inbox&, http::basic_parser<false>&, std::size_t);
template core::Task<error_code> read_body(Wire&, Inbox&, http::basic_parser<true>&, std::function<bool()>);
template core::Task<error_code> read_body(Wire&, Inbox&, http::basic_parser<false>&, std::function<bool()>);

Headers headers_of(const http::fields& fields) {
  Headers headers;
  for (const auto& field : fields) {
    headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return headers;
}

void put_header(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += ": ";
  for (const char letter : value) {
    text += letter == '\r' || letter == '\n' || letter == '\0' ? ' ' : letter;
  }
  text += "\r\n";
}

void put_headers(std::string& text, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    const bool framing = same_word(name, "content-length") || same_word(name, "transfer-encoding") ||
                         same_word(name, "connection");
    if (!framing && is_token(name)) put_header(text, name, value);
  }
}

std::string http_date(core::WallTime time) {
  static constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     weekdays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string status_line(int status) {
  const auto known = http::int_to_status(static_cast<unsigned>(status));
  return fmt::format("{} {}", status, std::string_view(http::obsolete_reason(known)));
}

bool is_token(std::string_view text) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z') || marks.find(letter) != std::string_view::npos;
  });
}

}  // namespace outrider::net
