#include "agent/notifiers/slack/slack.hpp"

#include "agent/core/text.hpp"
#include "agent/net/wire/retry_after.hpp"
#include "agent/notifiers/answer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::notifiers::slack {
namespace {

namespace json = boost::json;

struct Known {
  std::string_view error;
  Meaning meaning;
};

constexpr std::array known{
    Known{"ratelimited", {Hope::again, ""}},
    Known{"rate_limited", {Hope::again, ""}},
    Known{"message_limit_exceeded", {Hope::again, ""}},
    Known{"internal_error", {Hope::again, ""}},
    Known{"fatal_error", {Hope::again, ""}},
    Known{"service_unavailable", {Hope::again, ""}},
    Known{"request_timeout", {Hope::again, ""}},
    Known{"invalid_auth", {Hope::mend, "is `token` right? It begins with xoxb-"}},
    Known{"not_authed", {Hope::mend, "is `token` right? It begins with xoxb-"}},
    Known{"token_revoked", {Hope::mend, "the token was revoked: install the app anew"}},
    Known{"token_expired", {Hope::mend, "the token has expired"}},
    Known{"account_inactive", {Hope::mend, "the app was removed from the workspace"}},
    Known{"missing_scope", {Hope::mend, "give the app the scope chat:write"}},
    Known{"channel_not_found", {Hope::mend, "is `channel` right? Its id (C0123…) is surest; invite the app"}},
    Known{"not_in_channel", {Hope::mend, "invite the app into the channel: /invite @outrider"}},
    Known{"is_archived", {Hope::mend, "the channel is archived"}},
    Known{"restricted_action", {Hope::mend, "the workspace does not let the app post there"}},
    Known{"invalid_blocks", {Hope::never, ""}},
    Known{"invalid_blocks_format", {Hope::never, ""}},
    Known{"invalid_attachments", {Hope::never, ""}},
    Known{"msg_too_long", {Hope::never, ""}},
    Known{"no_text", {Hope::never, ""}},
    Known{"invalid_arguments", {Hope::never, ""}},
};

// A message that was there and can be changed no more: then a new one is written.
constexpr std::array<std::string_view, 5> gone{"message_not_found", "cant_update_message",
                                               "edit_window_closed", "thread_not_found", "channel_not_found"};

std::string text_in(const json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

struct Place {
  std::string channel;
  std::string stamp;

  static Place of(const std::string& trail) {
    const std::size_t cut = trail.find(' ');
    if (cut == std::string::npos) return {};
    return {trail.substr(0, cut), trail.substr(cut + 1)};
  }
  std::string trail() const { return channel + " " + stamp; }
};

json::object metadata_of(const Message& message) {
  return {{"event_type", "alert_by_outrider"},
          {"event_payload",
           {{"id", core::clean_utf8(message.id)},
            {"alert", core::clean_utf8(message.alert)},
            {"stage", name_of(message.stage)}}}};
}

class Slack final : public Notifier {
 public:
  Slack(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {}

  std::string target() const override {
    return fmt::format("{} {}", settings_.name,
                       is_bot() ? settings_.channel : host_of(settings_.webhook.reveal()));
  }
  bool renews() const override { return is_bot(); }

  core::Task<Delivery> deliver(Message message, std::string trail) override {
    if (!is_bot()) co_return co_await post_to_webhook(std::move(message));
    const Place place = Place::of(trail);
    if (place.stamp.empty()) co_return co_await post(std::move(message));
    co_return co_await change(std::move(message), place);
  }

 private:
  struct Failed {
    std::string error;  // Slack's own word; empty: there was none
    Trouble trouble;
  };
  using Answer = tl::expected<json::object, Failed>;

  bool is_bot() const { return settings_.token.is_set(); }

  core::Task<Delivery> post_to_webhook(Message message) {
    net::Request request =
        post_of(settings_.webhook.reveal(), json::serialize(message_body(message, settings_.mention)));
    const auto answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    if (!answer) co_return tl::unexpected(trouble_of(target(), answer.error()));
    if (answer->status != 200) co_return tl::unexpected(trouble_of(target(), *answer, tools_.clock.wall()));
    if (!answer->body.starts_with("ok"))
      co_return tl::unexpected(
          Trouble{{core::Errc::refused, fmt::format("cannot tell {}: {}", target(), shown(*answer)),
                   "Slack itself says ok: is a proxy between?"},
                  Hope::mend,
                  std::nullopt});
    co_return Receipt{"posted", {}};
  }

  // One call of the Web API: an answer with "ok": true.
  core::Task<Answer> call(std::string method, json::object body) {
    net::Request request = post_of(settings_.api + "/" + method, json::serialize(body));
    request.headers.emplace_back("Authorization", "Bearer " + settings_.token.reveal());
    const auto answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    if (!answer) co_return tl::unexpected(Failed{{}, trouble_of(target(), answer.error())});
    json::error_code problem;
    const json::value said = json::parse(answer->body, problem);
    const json::object* const object = problem ? nullptr : said.if_object();
    if (object == nullptr || (answer->status != 200 && answer->status != 429))
      co_return tl::unexpected(Failed{{}, trouble_of(target(), *answer, tools_.clock.wall())});
    const auto* const ok = object->if_contains("ok");
    if (ok != nullptr && ok->is_bool() && ok->get_bool()) co_return *object;
    co_return tl::unexpected(refusal(method, *object, *answer));
  }

  Failed refusal(const std::string& method, const json::object& said, const net::Response& answer) const {
    const std::string error = harmless(text_in(said, "error"), 100);
    const Meaning meaning = meaning_of(error);
    Trouble trouble;
    trouble.hope = answer.status == 429 ? Hope::again : meaning.hope;
    trouble.wait = net::retry_after(answer.headers, tools_.clock.wall());
    trouble.error = {trouble.hope == Hope::again ? core::Errc::busy : core::Errc::refused,
                     fmt::format("cannot tell {}: {} says {}", target(), method,
                                 error.empty() ? "neither ok nor why not" : error),
                     std::string(meaning.hint)};
    if (trouble.wait)
      trouble.error.hint = "it asks to be left alone for " + core::show_duration(*trouble.wait);
    return {error, std::move(trouble)};
  }

  core::Task<Delivery> post(Message message) {
    json::object body = message_body(message, settings_.mention);
    body["channel"] = settings_.channel;
    body["metadata"] = metadata_of(message);
    auto answer = co_await call("chat.postMessage", std::move(body));
    if (!answer) co_return tl::unexpected(std::move(answer.error().trouble));
    const Place place{harmless(text_in(*answer, "channel"), 100), harmless(text_in(*answer, "ts"), 100)};
    Receipt receipt{fmt::format("message {} in {}", place.stamp, settings_.channel), place.trail()};
    co_return receipt;
  }

  // What stands there says how it is now; what is new is said below it, so that somebody hears it.
  core::Task<Delivery> change(Message message, const Place place) {
    json::object body = message_body(message, settings_.mention);
    body["channel"] = place.channel;
    body["ts"] = place.stamp;
    body["metadata"] = metadata_of(message);
    auto changed = co_await call("chat.update", std::move(body));
    if (!changed) {
      if (std::ranges::find(gone, changed.error().error) == gone.end() || message.quiet)
        co_return tl::unexpected(std::move(changed.error().trouble));
      co_return co_await post(std::move(message));
    }
    Receipt receipt{fmt::format("message {} in {} was changed", place.stamp, settings_.channel),
                    place.trail()};
    if (message.quiet) co_return receipt;
    json::object below{
        {"channel", place.channel}, {"thread_ts", place.stamp}, {"text", thread_text(message)}};
    below["metadata"] = metadata_of(message);
    auto answered = co_await call("chat.postMessage", std::move(below));
    if (!answered) co_return tl::unexpected(std::move(answered.error().trouble));
    co_return receipt;
  }

  Tools tools_;
  Settings settings_;
};

}  // namespace

Meaning meaning_of(std::string_view error) {
  const auto found = std::ranges::find(known, error, &Known::error);
  return found == known.end() ? Meaning{} : found->meaning;
}

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings) {
  return std::make_unique<Slack>(tools, std::move(settings));
}

}  // namespace outrider::notifiers::slack
