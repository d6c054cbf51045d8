#include "agent/notifiers/email/letter.hpp"

#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <time.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::notifiers::email {
namespace {

constexpr std::size_t most_subject = 300;
constexpr std::size_t longest_line = 76;
// Of one encoded word, before it is encoded: 75 characters in all.
constexpr std::size_t most_word_bytes = 42;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string one_line(std::string_view text) { return core::without_controls(core::clean_utf8(text)); }

// Says nothing of what it is about, and is the same each time.
std::string message_id(std::string_view of, const Envelope& envelope) {
  const std::size_t at = envelope.from.find('@');
  return fmt::format("<{}@{}>", seal::sha256(of).substr(0, 32), envelope.from.substr(at + 1));
}

std::string text_of(const Message& message) {
  std::string text = headline(message) + "\n\n";
  for (const std::string& line : lines_of(message)) text += line + "\n";
  if (!message.links.empty()) text += "\n";
  for (const Link& link : message.links) text += fmt::format("{}: {}\n", link.title, link.url);
  text += "\n";
  for (const auto& [name, value] : message.labels) {
    if (!value.empty()) text += fmt::format("{}={}\n", name, value);
  }
  return text + "\n-- \noutrider, message " + message.id + "\n";
}

}  // namespace

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
  });
}

std::string header_text(std::string_view text) {
  std::string rest = shortened(one_line(text), most_subject);
  if (is_plain(rest) && rest.find("=?") == std::string::npos) return rest;
  std::string encoded;
  std::string_view left = rest;
  while (!left.empty()) {
    std::size_t size = std::min(left.size(), most_word_bytes);
    // Never within a character.
    while (size < left.size() && size > 0 && (static_cast<unsigned char>(left[size]) & 0xC0U) == 0x80U)
      --size;
    encoded += fmt::format("{}=?UTF-8?B?{}?=", encoded.empty() ? "" : "\r\n ",
                           seal::encode(left.substr(0, size), seal::Letters::base64));
    left.remove_prefix(size);
  }
  return encoded;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  const auto put = [&](const std::string& piece) {
    if (column + piece.size() > longest_line - 1) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    if (c == '\n') {
      out += "\r\n";
      column = 0;
    } else if (byte < 0x20 || byte > 0x7e || c == '=' || (c == ' ' && ends_line)) {
      put(fmt::format("={:02X}", byte));
    } else {
      put(std::string(1, c));
    }
  }
  return out;
}

std::string dot_stuffed(std::string_view mail) {
  std::string out;
  bool begins = true;
  for (const char c : mail) {
    if (begins && c == '.') out += '.';
    out += c;
    begins = c == '\n';
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

std::string mail_date(core::WallTime time) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                     months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour,
                     parts.tm_min, parts.tm_sec);
}

std::string mail_of(const Message& message, const Envelope& envelope) {
  // All mails of an alert hang below one that was never sent, so that they stand together in any order.
  const std::string thread = message_id(message.alert, envelope);
  std::string mail;
  mail += fmt::format("From: Outrider <{}>\r\n", envelope.from);
  mail += fmt::format("To: {}\r\n", fmt::join(envelope.to, ",\r\n "));
  mail +=
      fmt::format("Subject: {}\r\n", header_text(fmt::format("[{}] {}", message.subject, headline(message))));
  mail += fmt::format("Date: {}\r\n", mail_date(message.at));
  mail += fmt::format("Message-ID: {}\r\n", message_id(message.id, envelope));
  mail += fmt::format("In-Reply-To: {}\r\nReferences: {}\r\n", thread, thread);
  mail += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  mail += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
  return mail + quoted_printable(core::clean_utf8(text_of(message)));
}

}  // namespace outrider::notifiers::email
