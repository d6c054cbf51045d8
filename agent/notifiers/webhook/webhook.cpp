#include "agent/notifiers/webhook/webhook.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"
#include "agent/notifiers/answer.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::notifiers::webhook {
namespace {

namespace json = boost::json;

constexpr std::string_view secret_prefix = "whsec_";

std::string text(std::string_view words) { return core::clean_utf8(words); }

std::string seconds_of(core::WallTime time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

json::array texts(const std::vector<std::string>& all) {
  json::array array;
  for (const std::string& one : all) array.emplace_back(text(one));
  return array;
}

// As it stands between the quotes of a JSON text.
std::string between_quotes(std::string_view words) {
  const json::value value(text(words));
  const std::string quoted = json::serialize(value);
  return quoted.substr(1, quoted.size() - 2);
}

struct Word {
  std::string_view name;
  std::string (*of)(const Message&);
};

constexpr std::array words{
    Word{"id", [](const Message& message) { return message.id; }},
    Word{"alert", [](const Message& message) { return message.alert; }},
    Word{"stage", [](const Message& message) { return std::string(name_of(message.stage)); }},
    Word{"name", [](const Message& message) { return message.name; }},
    Word{"severity", [](const Message& message) { return std::string(core::name_of(message.severity)); }},
    Word{"subject", [](const Message& message) { return message.subject; }},
    Word{"sentence", [](const Message& message) { return message.sentence; }},
    Word{"headline", [](const Message& message) { return headline(message); }},
    Word{"why", [](const Message& message) { return message.why; }},
    Word{"done", [](const Message& message) { return fmt::format("{}", fmt::join(message.done, "\n")); }},
    Word{"explains",
         [](const Message& message) { return fmt::format("{}", fmt::join(message.explains, "\n")); }},
    Word{"next", [](const Message& message) { return message.next; }},
    Word{"note", [](const Message& message) { return message.note; }},
    Word{"details",
         [](const Message& message) { return fmt::format("{}", fmt::join(lines_of(message), "\n")); }},
    Word{"began", [](const Message& message) { return core::show_time(message.began); }},
    Word{"at", [](const Message& message) { return core::show_time(message.at); }},
};

// Calls `plain` for what stands as it is and `name` for what stands in {{ }}.
template <class Plain, class Name>
void take_apart(std::string_view rest, Plain plain, Name name) {
  for (;;) {
    const std::size_t open = rest.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : rest.find("}}", open);
    if (close == std::string_view::npos) break;
    plain(rest.substr(0, open));
    name(rest.substr(open + 2, close - open - 2));
    rest.remove_prefix(close + 2);
  }
  plain(rest);
}

class Webhook final : public Notifier {
 public:
  Webhook(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {}

  std::string target() const override {
    return fmt::format("{} {}", settings_.name, host_of(settings_.url.reveal()));
  }

  core::Task<Delivery> deliver(Message message, std::string) override {
    net::Request request = post_of(
        settings_.url.reveal(), settings_.body.empty() ? body_of(message) : fill_in(settings_.body, message));
    request.tls = settings_.tls;
    const std::string seconds = seconds_of(tools_.clock.wall());
    request.headers.emplace_back("webhook-id", message.id);
    request.headers.emplace_back("webhook-timestamp", seconds);
    request.headers.emplace_back("Idempotency-Key", message.id);
    if (settings_.key.is_set())
      request.headers.emplace_back("webhook-signature",
                                   signature(settings_.key.reveal(), message.id, seconds, request.body));
    for (const auto& [name, value] : settings_.headers) {
      std::erase_if(request.headers, [&](const auto& line) { return net::same_word(line.first, name); });
      request.headers.emplace_back(name, value.reveal());
    }
    const auto answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    if (!answer) co_return tl::unexpected(trouble_of(target(), answer.error()));
    if (answer->status < 200 || answer->status > 299)
      co_return tl::unexpected(trouble_of(target(), *answer, tools_.clock.wall()));
    co_return Receipt{shown(*answer), {}};
  }

 private:
  Tools tools_;
  Settings settings_;
};

}  // namespace

std::string body_of(const Message& message) {
  json::object labels;
  for (const auto& [name, value] : message.labels) labels[text(name)] = text(value);
  json::array links;
  for (const Link& link : message.links)
    links.push_back(json::object{{"title", text(link.title)}, {"url", text(link.url)}});
  const json::object body{{"schema", 1},
                          {"id", text(message.id)},
                          {"alert", text(message.alert)},
                          {"stage", name_of(message.stage)},
                          {"name", text(message.name)},
                          {"severity", core::name_of(message.severity)},
                          {"subject", text(message.subject)},
                          {"headline", text(headline(message))},
                          {"sentence", text(message.sentence)},
                          {"why", text(message.why)},
                          {"done", texts(message.done)},
                          {"explains", texts(message.explains)},
                          {"next", text(message.next)},
                          {"note", text(message.note)},
                          {"labels", std::move(labels)},
                          {"links", std::move(links)},
                          {"began", core::show_time(message.began)},
                          {"at", core::show_time(message.at)}};
  return json::serialize(body);
}

std::string fill_in(std::string_view text, const Message& message) {
  std::string filled;
  take_apart(
      text, [&](std::string_view plain) { filled += plain; },
      [&](std::string_view name) {
        const auto* const word = std::ranges::find(words, name, &Word::name);
        if (word != words.end()) filled += between_quotes(word->of(message));
      });
  return filled;
}

std::string unknown_name(std::string_view text) {
  std::string unknown;
  take_apart(
      text, [](std::string_view) {},
      [&](std::string_view name) {
        if (unknown.empty() && std::ranges::find(words, name, &Word::name) == words.end()) unknown = name;
      });
  return unknown;
}

std::string signature(const std::string& key, std::string_view id, std::string_view seconds,
                      std::string_view body) {
  std::string raw = key;
  if (std::string_view(key).starts_with(secret_prefix)) {
    const std::string_view letters = std::string_view(key).substr(secret_prefix.size());
    raw = seal::decode(letters, seal::Letters::base64).value_or(key);
  }
  const std::string signed_text = fmt::format("{}.{}.{}", id, seconds, body);
  return "v1," + seal::encode(seal::hmac_sha256(raw, signed_text), seal::Letters::base64);
}

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings) {
  return std::make_unique<Webhook>(tools, std::move(settings));
}

}  // namespace outrider::notifiers::webhook
