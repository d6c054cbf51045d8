#include "agent/notifiers/pagerduty/pagerduty.hpp"

#include "agent/core/text.hpp"
#include "agent/notifiers/answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::notifiers::pagerduty {
namespace {

namespace json = boost::json;

constexpr std::size_t most_key = 255;
constexpr std::size_t most_summary = 1024;

std::string text(std::string_view words, std::size_t most = 4000) {
  return shortened(core::clean_utf8(words), most);
}

std::string_view action_of(Stage stage) {
  switch (stage) {
    case Stage::acknowledged: return "acknowledge";
    case Stage::resolved: return "resolve";
    default: return "trigger";
  }
}

// What is not known is worse than a warning: somebody must look.
std::string_view severity_of(const Message& message) {
  if (message.stage == Stage::test) return "info";
  switch (message.severity) {
    case core::Severity::critical: return "critical";
    case core::Severity::unknown: return "error";
    case core::Severity::warning: return "warning";
    case core::Severity::fine: break;
  }
  return "info";
}

json::object payload_of(const Message& message) {
  json::object details;
  for (const auto& [name, value] : message.labels) {
    if (!value.empty()) details[text(name)] = text(value);
  }
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) details[name] = text(value);
  };
  put("why", message.why);
  put("done", fmt::format("{}", fmt::join(message.done, "\n")));
  put("explains", fmt::format("{}", fmt::join(message.explains, "\n")));
  put("next", message.next);
  put("note", message.note);
  put("message_id", message.id);
  const auto label = [&](std::string_view name) {
    for (const auto& [key, value] : message.labels) {
      if (key == name) return text(value);
    }
    return std::string();
  };
  std::string source = label("instance");
  if (source.empty()) source = text(message.subject);
  return {{"summary", text(headline(message), most_summary)},
          {"source", std::move(source)},
          {"severity", severity_of(message)},
          {"timestamp", core::show_time(message.began)},
          {"component", text(message.subject)},
          {"group", label("service")},
          {"class", text(message.name)},
          {"custom_details", std::move(details)}};
}

class PagerDuty final : public Notifier {
 public:
  PagerDuty(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {}

  std::string target() const override { return fmt::format("{} {}", settings_.name, host_of(settings_.url)); }

  core::Task<Delivery> deliver(Message message, std::string) override {
    auto came = co_await post(message);
    if (!came || message.stage != Stage::test) co_return came;
    // A test wakes nobody for longer than it takes.
    message.stage = Stage::resolved;
    auto over = co_await post(message);
    if (!over) co_return over;
    co_return came;
  }

 private:
  core::Task<Delivery> post(const Message& message) {
    json::object event = event_of(message);
    event["routing_key"] = settings_.routing_key.reveal();
    net::Request request = post_of(settings_.url, json::serialize(event));
    const auto answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    if (!answer) co_return tl::unexpected(trouble_of(target(), answer.error()));
    if (answer->status != 202) {
      Trouble trouble = trouble_of(target(), *answer, tools_.clock.wall());
      // A key that is no key is answered like an event that is none.
      if (answer->status == 400 && answer->body.find("routing_key") != std::string::npos) {
        trouble.hope = Hope::mend;
        trouble.error.hint = "is `routing_key` the key of an Events API v2 integration?";
      }
      co_return tl::unexpected(std::move(trouble));
    }
    co_return Receipt{"accepted", {}};
  }

  Tools tools_;
  Settings settings_;
};

}  // namespace

json::object event_of(const Message& message) {
  json::object event{{"event_action", action_of(message.stage)},
                     {"dedup_key", text(message.alert, most_key)}};
  if (action_of(message.stage) != "trigger") return event;
  json::array links;
  for (const Link& link : message.links)
    links.push_back(json::object{{"href", text(link.url)}, {"text", text(link.title)}});
  event["payload"] = payload_of(message);
  event["client"] = "Outrider";
  event["links"] = std::move(links);
  return event;
}

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings) {
  return std::make_unique<PagerDuty>(tools, std::move(settings));
}

}  // namespace outrider::notifiers::pagerduty
