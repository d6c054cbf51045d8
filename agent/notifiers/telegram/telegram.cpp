#include "agent/notifiers/telegram/telegram.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/notifiers/answer.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::notifiers::telegram {
namespace {

namespace json = boost::json;

// Telegram counts at most 4096 characters after its entities; bytes are never fewer.
constexpr std::size_t most_text = 4000;
constexpr std::size_t most_line = 500;
constexpr std::int64_t longest_wait_seconds = 3600;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : core::clean_utf8(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string_view sign_of(const Message& message) {
  switch (message.stage) {
    case Stage::resolved: return "🟢";
    case Stage::acknowledged: return "👀";
    case Stage::test: return "🔔";
    case Stage::heartbeat: return "💓";
    case Stage::firing: break;
  }
  if (message.severity == core::Severity::critical) return "🔴";
  return message.severity == core::Severity::unknown ? "🟣" : "🟡";
}

const json::value* within(const json::object& object, std::string_view key) {
  return object.if_contains(key);
}

std::string text_in(const json::object& object, std::string_view key) {
  const auto* const value = within(object, key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::int64_t number_in(const json::object& object, std::string_view key) {
  const auto* const value = within(object, key);
  const auto* const number = value == nullptr ? nullptr : value->if_int64();
  return number == nullptr ? 0 : *number;
}

class Telegram final : public Notifier {
 public:
  Telegram(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {}

  std::string target() const override { return fmt::format("{} {}", settings_.name, settings_.chat); }

  core::Task<Delivery> deliver(Message message, std::string trail) override {
    json::object body{{"chat_id", settings_.chat},
                      {"text", text_of(message)},
                      {"parse_mode", "HTML"},
                      {"disable_notification", message.stage == Stage::acknowledged},
                      {"link_preview_options", {{"is_disabled", true}}}};
    if (const auto topic = core::read_number<std::int64_t>(settings_.topic))
      body["message_thread_id"] = *topic;
    if (const auto before = core::read_number<std::int64_t>(trail))
      body["reply_parameters"] = {{"message_id", *before}, {"allow_sending_without_reply", true}};
    net::Request request = post_of(
        fmt::format("{}/bot{}/sendMessage", settings_.api, settings_.token.reveal()), json::serialize(body));
    const auto answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    if (!answer) co_return tl::unexpected(trouble_of(target(), answer.error()));
    json::error_code problem;
    const json::value said = json::parse(answer->body, problem);
    const json::object* const object = problem ? nullptr : said.if_object();
    if (object == nullptr) co_return tl::unexpected(no_telegram(*answer));
    const auto* const ok = within(*object, "ok");
    if (ok == nullptr || !ok->is_bool() || !ok->get_bool())
      co_return tl::unexpected(refusal(*object, *answer));
    const auto* const result = within(*object, "result");
    const std::int64_t number =
        result != nullptr && result->is_object() ? number_in(result->get_object(), "message_id") : 0;
    // All that follows is an answer to the first.
    Receipt receipt{fmt::format("message {}", number),
                    trail.empty() ? std::to_string(number) : std::move(trail)};
    co_return receipt;
  }

 private:
  Trouble no_telegram(const net::Response& answer) const {
    if (answer.status >= 200 && answer.status < 300)
      return {{core::Errc::refused, fmt::format("cannot tell {}: {}", target(), shown(answer)),
               "that is not Telegram: is a proxy between?"},
              Hope::mend,
              std::nullopt};
    return trouble_of(target(), answer, tools_.clock.wall());
  }

  Trouble refusal(const json::object& said, const net::Response& answer) const {
    const std::string why = harmless(text_in(said, "description"));
    Trouble trouble;
    trouble.error = {core::Errc::refused, fmt::format("cannot tell {}: {}", target(), why), ""};
    trouble.hope = hope_of(answer.status);
    const auto* const parameters = within(said, "parameters");
    if (parameters != nullptr && parameters->is_object()) {
      const json::object& more = parameters->get_object();
      const std::int64_t wait = number_in(more, "retry_after");
      if (wait > 0) trouble.wait = std::chrono::seconds(std::min(wait, longest_wait_seconds));
      if (const std::int64_t chat = number_in(more, "migrate_to_chat_id"); chat != 0) {
        trouble.hope = Hope::mend;
        trouble.error.hint = fmt::format("the group became a supergroup: set `chat` to {}", chat);
      }
    }
    if (trouble.hope == Hope::again) trouble.error.code = core::Errc::busy;
    if (trouble.wait)
      trouble.error.hint = "it asks to be left alone for " + core::show_duration(*trouble.wait);
    if (why.find("chat not found") != std::string::npos) {
      trouble.hope = Hope::mend;
      trouble.error.hint = "is `chat` right, and is the bot in it?";
    }
    if (answer.status == 401) trouble.error.hint = "is `token` right?";
    if (answer.status == 403) trouble.error.hint = "the bot was blocked or thrown out of the chat";
    return trouble;
  }

  Tools tools_;
  Settings settings_;
};

}  // namespace

std::string text_of(const Message& message) {
  std::string text =
      fmt::format("{} <b>{}</b>", sign_of(message), escaped(shortened(headline(message), most_line)));
  // Whole lines only: a mark that is cut in two would be refused.
  const auto add = [&](const std::string& line) {
    if (text.size() + line.size() + 1 <= most_text) text += "\n" + line;
  };
  for (const std::string& line : lines_of(message)) add(escaped(shortened(line, most_line)));
  std::string links;
  for (const Link& link : message.links) {
    links += fmt::format("{}<a href=\"{}\">{}</a>", links.empty() ? "" : " · ", escaped(link.url),
                         escaped(link.title));
  }
  if (!links.empty()) add(links);
  add(fmt::format("<code>{}</code>", escaped(shortened(message.id, 200))));
  return text;
}

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings) {
  return std::make_unique<Telegram>(tools, std::move(settings));
}

}  // namespace outrider::notifiers::telegram
