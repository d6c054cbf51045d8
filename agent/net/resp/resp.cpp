#include "agent/net/resp/resp.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <array>

#include <fmt/format.h>

namespace outrider::net::resp {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

constexpr std::size_t shown_bytes = 200;

}  // namespace

std::string command(const std::vector<std::string_view>& words) {
  std::string text = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) text += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return text;
}

// A server that will not tell us is no sick server.
core::Error refusal(std::string_view said) {
  const bool is_ours = said.starts_with("NOAUTH") || said.starts_with("WRONGPASS") ||
                       said.starts_with("NOPERM") || said.starts_with("ERR invalid password") ||
                       said.starts_with("ERR AUTH") || said.starts_with("ERR Client sent AUTH");
  const std::string shown = core::without_controls(core::clean_utf8(said.substr(0, shown_bytes)));
  return {is_ours ? Errc::denied : Errc::refused, "it says: " + shown};
}

std::string_view field(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    std::string_view line = core::take_line(info);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      return line.substr(name.size() + 1);
    }
  }
  return {};
}

core::Task<Outcome<>> Talk::read_more() {
  const std::string who = stream_->peer();
  if (inbox_.size() > most_bytes_) co_return fail(Errc::corrupt, who + " says too much");
  std::array<char, 4096> buffer;
  const std::span<char> into(buffer);
  const Outcome<std::size_t> size = co_await stream_->read_some(into, limit_);
  if (!size) co_return fail(size.error());
  if (*size == 0) co_return fail(Errc::unavailable, who + " hung up without an answer");
  inbox_.append(buffer.data(), *size);
  co_return Outcome<>();
}

core::Task<Outcome<std::string>> Talk::take_line() {
  std::size_t end = inbox_.find("\r\n");
  while (end == std::string::npos) {
    const Outcome<> read = co_await read_more();
    if (!read) co_return fail(read.error());
    end = inbox_.find("\r\n");
  }
  std::string line = inbox_.substr(0, end);
  inbox_.erase(0, end + 2);
  co_return line;
}

core::Task<Outcome<std::string>> Talk::take_bytes(std::size_t count) {
  while (inbox_.size() < count + 2) {
    const Outcome<> read = co_await read_more();
    if (!read) co_return fail(read.error());
  }
  std::string bytes = inbox_.substr(0, count);
  inbox_.erase(0, count + 2);
  co_return bytes;
}

core::Task<Outcome<Reply>> Talk::ask(std::vector<std::string_view> words) {
  const std::string text = command(words);
  const Outcome<> sent = co_await stream_->write_all(text, limit_);
  if (!sent) co_return fail(sent.error());
  Outcome<std::string> line = co_await take_line();
  if (!line) co_return fail(line.error());
  const char kind = line->empty() ? ' ' : line->front();
  std::string rest = line->empty() ? std::string() : line->substr(1);
  if (kind == '+' || kind == ':' || kind == '-') co_return Reply{kind == '-', std::move(rest)};
  const auto size = core::read_number<std::size_t>(rest);
  if (kind != '$' || !size || *size > most_bytes_) {
    co_return fail(Errc::corrupt, "what " + stream_->peer() + " says is not Redis' protocol");
  }
  Outcome<std::string> bytes = co_await take_bytes(*size);
  if (!bytes) co_return fail(bytes.error());
  co_return Reply{false, std::move(*bytes)};
}

core::Task<Outcome<>> Talk::enter(Login login) {
  if (login.password.empty()) co_return Outcome<>();
  std::vector<std::string_view> words{"AUTH"};
  if (!login.user.empty()) words.push_back(login.user);
  words.push_back(login.password);
  const Outcome<Reply> reply = co_await ask(std::move(words));
  if (!reply) co_return fail(reply.error());
  if (reply->is_error && !reply->text.starts_with("LOADING")) co_return fail(refusal(reply->text));
  co_return Outcome<>();
}

}  // namespace outrider::net::resp
