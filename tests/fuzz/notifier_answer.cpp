// What Slack, Telegram, a pager, a mail server, or a proxy before them, may answer to a message.
#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/email/smtp.hpp"
#include "agent/notifiers/slack/slack.hpp"
#include "agent/notifiers/telegram/telegram.hpp"
#include "agent/notifiers/testing.hpp"
#include "agent/notifiers/webhook/webhook.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <array>

namespace outrider::fuzz {
namespace {

using namespace notifiers;
using notifiers::testing::House;

constexpr std::string_view secret = "8412:s3cr3t-s3cr3t";
constexpr std::string_view host = "there:80";

// Says the next piece to whatever it hears, and hangs up after the last.
core::Task<void> serve(net::SimStreams& net, std::string bytes) {
  std::unique_ptr<net::Stream> stream = co_await net.accept(std::string(host));
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::string piece(take_text(rest));
    (void)co_await stream->write_all(piece, std::chrono::seconds(5));
    std::array<char, 4096> heard{};
    const auto count = co_await stream->read_some(heard, std::chrono::seconds(5));
    if (!count || *count == 0) co_return;
  }
}

core::Task<Delivery> mail(const Tools& tools) {
  email::Server server;
  server.address = host;
  server.user = "outrider";
  server.password = config::Secret(std::string(secret));
  const email::Envelope envelope{"o@school.example", {"a@school.example", "b@school.example"}};
  std::string text = email::mail_of(notifiers::testing::message(), envelope);
  co_return co_await email::send_mail(tools, std::move(server), "email there", envelope, std::move(text));
}

class Mail final : public Notifier {
 public:
  explicit Mail(const Tools& tools) : tools_(tools) {}
  std::string target() const override { return "email there"; }
  core::Task<Delivery> deliver(Message, std::string) override { co_return co_await mail(tools_); }

 private:
  Tools tools_;
};

std::unique_ptr<Notifier> make_one(unsigned which, const Tools& tools) {
  const config::Secret hidden{std::string(secret)};
  const std::string url = "http://there";
  const std::string hook = url + "/" + std::string(secret);
  switch (which) {
    case 0: return slack::make(tools, {"slack", {}, hidden, "#a", url, {}});
    case 1: return slack::make(tools, {"slack", config::Secret(hook), {}, {}, url, {}});
    case 2: return telegram::make(tools, {"telegram", hidden, "-1", {}, url});
    case 3:
      return webhook::make(tools,
                           {"webhook", config::Secret(hook), {}, {}, {}, std::chrono::seconds(10), {}});
    default: return std::make_unique<Mail>(tools);
  }
}

void check_words(const std::string& words) {
  must(words.size() <= 2000, "what is said has a bound");
  must(words.find(secret) == std::string::npos, "and shows no secret");
  must(std::ranges::none_of(words, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
       "and does no harm to a terminal");
}

}  // namespace

void notifier_answer(std::string_view bytes) {
  House house;
  const unsigned which = take_choice(bytes, 5);
  constexpr std::array statuses{200, 200, 202, 302, 400, 401, 404, 429, 500};
  net::Response response;
  response.status = statuses.at(take_choice(bytes, statuses.size()));
  const bool is_known = take_choice(bytes, 2) == 1;
  if (which == 4) {
    house.streams.listen(std::string(host));
    house.nursery.start(serve(house.streams, std::string(bytes)));
  } else {
    response.headers = {{"Retry-After", std::string(take_text(bytes))}};
    response.body = bytes;
    house.net.add_host(std::string(host), [&](const net::Call&) { return response; });
  }
  std::vector<config::Secret> secrets;
  secrets.emplace_back(std::string(secret));
  const Make make = discreet([&](const Tools& tools) { return make_one(which, tools); }, std::move(secrets));
  const auto notifier = make(house.tools);
  const auto came = house.deliver(*notifier, notifiers::testing::message(), is_known ? "C1 17.1" : "");
  must(came.has_value(), "a delivery ends within its limit");
  if (*came) {
    check_words((*came)->said);
    return;
  }
  const Trouble& trouble = came->error();
  must(!trouble.error.what.empty(), "what failed has a sentence");
  check_words(trouble.error.what);
  check_words(trouble.error.hint);
  must(!trouble.wait || (*trouble.wait >= core::Duration(0) && *trouble.wait <= std::chrono::hours(1)),
       "nobody makes us wait for longer than an hour");
}

}  // namespace outrider::fuzz
