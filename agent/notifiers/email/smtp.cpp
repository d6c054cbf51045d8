#include "agent/notifiers/email/smtp.hpp"

#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/net/streams/securing.hpp"
#include "agent/notifiers/answer.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace outrider::notifiers::email {
namespace {

using core::Errc;

constexpr std::size_t most_answer_bytes = 16 * 1024;
constexpr std::size_t most_lines = 100;
constexpr core::Duration farewell = std::chrono::milliseconds(200);

struct Answer {
  int code = 0;
  std::vector<std::string> lines;  // without their codes

  bool is(int hundred) const { return code / 100 == hundred; }
  std::string shown() const {
    return fmt::format("{} {}", code, lines.empty() ? "" : harmless(lines.back()));
  }
  bool offers(std::string_view word) const {
    return std::ranges::any_of(lines, [&](const std::string& line) {
      return net::same_word(std::string_view(line).substr(0, line.find(' ')), word);
    });
  }
  bool offers_login(std::string_view way) const {
    return std::ranges::any_of(lines, [&](const std::string& line) {
      if (line.size() < 5 || !net::same_word(std::string_view(line).substr(0, 4), "AUTH")) return false;
      std::string_view rest = std::string_view(line).substr(5);
      while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (net::same_word(rest.substr(0, end), way)) return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      return false;
    });
  }
};

std::string base64(std::string_view text) { return seal::encode(text, seal::Letters::base64); }

class Session {
 public:
  Session(const Tools& tools, Server server, std::string target)
      : tools_(tools),
        server_(std::move(server)),
        target_(std::move(target)),
        end_(tools.clock.now() + server_.timeout) {}

  core::Task<Delivery> run(Envelope envelope, std::string mail) {
    auto trouble = co_await greet();
    if (!trouble) trouble = co_await log_in();
    std::string refused;
    if (!trouble) trouble = co_await address(envelope, refused);
    if (!trouble) trouble = co_await hand_over(mail);
    if (trouble) co_return tl::unexpected(std::move(*trouble));
    (void)co_await stream_->write_all("QUIT\r\n", farewell);
    Receipt receipt{last_.shown(), {}};
    if (!refused.empty()) receipt.missed = fmt::format("{} refused {}", target_, refused);
    co_return receipt;
  }

 private:
  using Problem = std::optional<Trouble>;

  core::Duration left() const { return std::max(core::Duration(1), end_ - tools_.clock.now()); }

  Trouble failed(const core::Error& error) const { return trouble_of(target_, error); }
  // What the server said to `step`, with a hope that fits its code.
  Trouble refused(std::string_view step, Hope for_good, std::string hint = {}) const {
    const bool is_for_now = last_.is(4);
    return {{is_for_now ? Errc::busy : Errc::refused,
             fmt::format("cannot tell {}: to {} it said {}", target_, step, last_.shown()), std::move(hint)},
            is_for_now ? Hope::again : for_good,
            std::nullopt};
  }
  Trouble mend(std::string what, std::string hint) const {
    return {
        {Errc::denied, fmt::format("cannot tell {}: {}", target_, what), std::move(hint)}, Hope::mend, {}};
  }

  core::Task<Problem> read_line(std::string& line) {
    for (;;) {
      const std::size_t end = held_.find('\n');
      if (end != std::string::npos) {
        line = held_.substr(0, end);
        held_.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        co_return std::nullopt;
      }
      if (held_.size() > most_answer_bytes)
        co_return mend("what it says is no SMTP", "is `server` the address of a mail server?");
      std::array<char, 1024> bytes{};
      const auto count = co_await stream_->read_some(bytes, left());
      if (!count) co_return failed(count.error());
      if (*count == 0) co_return failed({Errc::unavailable, "the connection was closed"});
      held_.append(bytes.data(), *count);
    }
  }

  core::Task<Problem> hear() {
    last_ = {};
    for (;;) {
      std::string line;
      auto problem = co_await read_line(line);
      if (problem) co_return problem;
      const auto code = core::read_number<int>(std::string_view(line).substr(0, 3));
      const bool is_odd =
          line.size() < 3 || !code || *code < 200 || *code > 599 || last_.lines.size() > most_lines;
      if (is_odd) co_return mend("what it says is no SMTP", "is `server` the address of a mail server?");
      last_.code = *code;
      last_.lines.push_back(line.size() > 4 ? line.substr(4) : "");
      if (line.size() < 4 || line[3] != '-') co_return std::nullopt;
    }
  }

  core::Task<Problem> say(std::string line) {
    line += "\r\n";
    const auto written = co_await stream_->write_all(line, left());
    if (!written) co_return failed(written.error());
    co_return co_await hear();
  }

  core::Task<Problem> say_hello() {
    auto problem = co_await say("EHLO " + server_.hello);
    if (problem) co_return problem;
    if (!last_.is(2)) co_return refused("EHLO", Hope::mend);
    offered_ = last_;
    co_return std::nullopt;
  }

  core::Task<Problem> greet() {
    std::optional<net::TlsTrust> tls;
    if (server_.security == Security::tls) tls = server_.trust;
    auto opened = co_await tools_.streams.connect(server_.address, std::move(tls), left());
    if (!opened) co_return failed(opened.error());
    stream_ = std::move(*opened);
    auto problem = co_await hear();
    if (problem) co_return problem;
    if (!last_.is(2)) co_return refused("our connection", Hope::again);
    problem = co_await say_hello();
    if (problem || server_.security != Security::starttls) co_return problem;
    if (!offered_.offers("STARTTLS"))
      co_return mend("it does not offer STARTTLS, and nothing is sent in the open",
                     "is it `security: tls` (port 465)? `security: none` sends in the open");
    problem = co_await say("STARTTLS");
    if (problem) co_return problem;
    if (last_.code != 220) co_return refused("STARTTLS", Hope::mend);
    // What came along in the open would be believed as if it had come over TLS.
    if (!held_.empty()) co_return mend("somebody put something between STARTTLS and TLS", "");
    auto secured = co_await net::secure(tools_.streams, std::move(stream_), server_.trust, left());
    if (!secured) co_return failed(secured.error());
    stream_ = std::move(*secured);
    co_return co_await say_hello();
  }

  core::Task<Problem> log_in() {
    if (server_.user.empty()) co_return std::nullopt;
    const std::string& password = server_.password.reveal();
    const std::string hint = "are `user` and `password` right?";
    if (offered_.offers_login("PLAIN")) {
      auto problem = co_await say("AUTH PLAIN " + login_words(server_.user, password).front());
      if (problem) co_return problem;
    } else if (offered_.offers_login("LOGIN")) {
      auto problem = co_await say("AUTH LOGIN");
      if (!problem && last_.code == 334) problem = co_await say(base64(server_.user));
      if (!problem && last_.code == 334) problem = co_await say(base64(password));
      if (problem) co_return problem;
    } else {
      co_return mend("it offers neither AUTH PLAIN nor AUTH LOGIN", "leave `user` out, or take another port");
    }
    if (last_.code != 235) co_return refused("AUTH", Hope::mend, hint);
    co_return std::nullopt;
  }

  core::Task<Problem> address(const Envelope& envelope, std::string& refused_ones) {
    auto problem = co_await say("MAIL FROM:<" + envelope.from + ">");
    if (problem) co_return problem;
    if (!last_.is(2)) co_return refused("MAIL FROM", Hope::mend, "may `from` send there?");
    Problem first;
    std::size_t taken = 0;
    for (const std::string& to : envelope.to) {
      problem = co_await say("RCPT TO:<" + to + ">");
      if (problem) co_return problem;
      if (last_.is(2)) {
        ++taken;
        continue;
      }
      if (!first) first = refused("RCPT TO " + to, Hope::mend, "is the address right?");
      refused_ones += (refused_ones.empty() ? "" : ", ") + to + " (" + last_.shown() + ")";
    }
    if (taken == 0) co_return first;
    co_return std::nullopt;
  }

  core::Task<Problem> hand_over(const std::string& mail) {
    auto problem = co_await say("DATA");
    if (problem) co_return problem;
    if (last_.code != 354) co_return refused("DATA", Hope::mend);
    const std::string stuffed = dot_stuffed(mail);
    const auto written = co_await stream_->write_all(stuffed, left());
    if (!written) co_return failed(written.error());
    problem = co_await say(".");
    if (problem) co_return problem;
    if (!last_.is(2)) co_return refused("the mail", Hope::never);
    co_return std::nullopt;
  }

  Tools tools_;
  Server server_;
  std::string target_;
  core::Instant end_;
  std::unique_ptr<net::Stream> stream_;
  std::string held_;
  Answer last_;
  Answer offered_;
};

}  // namespace

std::vector<std::string> login_words(const std::string& user, const std::string& password) {
  const std::string nothing(1, '\0');
  return {base64(nothing + user + nothing + password), base64(password)};
}

core::Task<Delivery> send_mail(const Tools& tools, Server server, std::string target, Envelope envelope,
                               std::string mail) {
  Session session(tools, std::move(server), std::move(target));
  co_return co_await session.run(std::move(envelope), std::move(mail));
}

}  // namespace outrider::notifiers::email
