// For tests: a mail server at an address of the simulated network. It keeps what it was told, line by line.
#pragma once

#include "agent/net/streams/sim_streams.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::notifiers::testing {

class FakeSmtp {
 public:
  FakeSmtp(net::SimStreams& net, std::string address) : net_(net), address_(std::move(address)) { open(); }

  void open() { net_.listen(address_); }
  void close() { net_.close(address_); }

  core::Task<void> run() {
    for (;;) {
      std::unique_ptr<net::Stream> stream = co_await net_.accept(address_);
      co_await serve(*stream);
    }
  }

  std::vector<std::string> lines;  // of all sessions, without CRLF; a password as it came
  std::vector<std::string> mails;
  // What is answered to a line that begins with this; instead of what a well server would say.
  std::vector<std::pair<std::string, std::string>> instead;
  std::vector<std::string> extensions{"STARTTLS", "AUTH PLAIN LOGIN", "8BITMIME"};
  bool is_mute = false;
  bool echoes_logins = false;
  bool hangs_up_after_data = false;  // it has taken the mail, and its word is lost

 private:
  core::Task<void> say(net::Stream& stream, std::string text) {
    text += "\r\n";
    (void)co_await stream.write_all(text, std::chrono::seconds(5));
  }

  std::string usual(const std::string& line) {
    if (line.starts_with("EHLO")) {
      std::string text = "250-mail.test";
      for (const std::string& one : extensions) text += "\r\n250-" + one;
      return text + "\r\n250 HELP";
    }
    if (line.starts_with("STARTTLS")) return "220 go on";
    if (echoes_logins && line.starts_with("AUTH")) return "535 not like this: " + line;
    if (line.starts_with("AUTH PLAIN")) return "235 welcome";
    if (line.starts_with("AUTH LOGIN")) return "334 VXNlcm5hbWU6";
    if (line == "DATA") return "354 go on";
    if (line == "QUIT") return "221 bye";
    if (line.find(':') == std::string::npos)
      return ++login_lines_ % 2 == 1 ? "334 UGFzc3dvcmQ6" : "235 welcome";
    return "250 fine";
  }

  core::Task<void> serve(net::Stream& stream) {
    if (is_mute) {
      std::array<char, 16> nothing{};
      while (true) {
        const auto count = co_await stream.read_some(nothing, std::chrono::hours(1));
        if (!count || *count == 0) co_return;
      }
    }
    co_await say(stream, "220 mail.test ESMTP");
    std::string held;
    bool is_mail = false;
    std::string mail;
    for (;;) {
      std::array<char, 4096> bytes{};
      const auto count = co_await stream.read_some(bytes, std::chrono::hours(1));
      if (!count || *count == 0) co_return;
      held.append(bytes.data(), *count);
      for (std::size_t end = held.find("\r\n"); end != std::string::npos; end = held.find("\r\n")) {
        const std::string line = held.substr(0, end);
        held.erase(0, end + 2);
        if (is_mail && line != ".") {
          mail += line + "\n";
          continue;
        }
        if (is_mail) {
          is_mail = false;
          mails.push_back(std::exchange(mail, {}));
          if (hangs_up_after_data) co_return;
        } else {
          lines.push_back(line);
        }
        std::string answer = line == "." ? "250 queued as 4711" : usual(line);
        for (const auto& [begin, other] : instead) {
          if (line.starts_with(begin)) answer = other;
        }
        is_mail = answer.starts_with("354");
        co_await say(stream, answer);
      }
    }
  }

  net::SimStreams& net_;
  std::string address_;
  unsigned login_lines_ = 0;
};

}  // namespace outrider::notifiers::testing
