#include "agent/notifiers/opsgenie/opsgenie.hpp"

#include "agent/core/text.hpp"
#include "agent/core/words/percent.hpp"
#include "agent/notifiers/answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::notifiers::opsgenie {
namespace {

namespace json = boost::json;

// Opsgenie's own bounds.
constexpr std::size_t most_message = 130;
constexpr std::size_t most_alias = 512;
constexpr std::size_t most_description = 15'000;
constexpr std::size_t most_entity = 512;

std::string text(std::string_view words, std::size_t most) {
  return shortened(core::clean_utf8(words), most);
}

std::string_view priority_of(const Message& message) {
  if (message.stage == Stage::test) return "P5";
  switch (message.severity) {
    case core::Severity::critical: return "P1";
    case core::Severity::unknown: return "P2";
    case core::Severity::warning: return "P3";
    case core::Severity::fine: break;
  }
  return "P5";
}

std::string url_escaped(std::string_view words) { return core::percent_encoded(words, "-"); }

class Opsgenie final : public Notifier {
 public:
  Opsgenie(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {}

  std::string target() const override { return fmt::format("{} {}", settings_.name, host_of(settings_.url)); }

  core::Task<Delivery> deliver(Message message, std::string) override {
    if (message.stage == Stage::acknowledged) co_return co_await change(message, "acknowledge");
    if (message.stage == Stage::resolved) co_return co_await change(message, "close");
    auto came = co_await post("/v2/alerts", alert_of(message, settings_.tags));
    if (!came || message.stage != Stage::test) co_return came;
    auto over = co_await change(message, "close");
    if (!over) co_return over;
    co_return came;
  }

 private:
  core::Task<Delivery> change(const Message& message, std::string_view what) {
    const std::string path = fmt::format("/v2/alerts/{}/{}?identifierType=alias",
                                         url_escaped(text(message.alert, most_alias)), what);
    json::object body{{"source", "outrider"}, {"note", text(message.note, 1000)}};
    co_return co_await post(path, std::move(body));
  }

  core::Task<Delivery> post(std::string path, json::object body) {
    net::Request request = post_of(settings_.url + path, json::serialize(body));
    request.headers.emplace_back("Authorization", "GenieKey " + settings_.key.reveal());
    const auto answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    if (!answer) co_return tl::unexpected(trouble_of(target(), answer.error()));
    if (answer->status < 200 || answer->status > 299)
      co_return tl::unexpected(trouble_of(target(), *answer, tools_.clock.wall()));
    co_return Receipt{"accepted", {}};
  }

  Tools tools_;
  Settings settings_;
};

}  // namespace

json::object alert_of(const Message& message, const std::vector<std::string>& tags) {
  json::object details;
  for (const auto& [name, value] : message.labels) {
    if (!value.empty()) details[core::clean_utf8(name)] = core::clean_utf8(value);
  }
  details["message_id"] = core::clean_utf8(message.id);
  std::string description = fmt::format("{}", fmt::join(lines_of(message), "\n"));
  for (const Link& link : message.links) description += fmt::format("\n{}: {}", link.title, link.url);
  json::array tagged{"outrider", core::clean_utf8(message.name)};
  for (const std::string& tag : tags) tagged.emplace_back(core::clean_utf8(tag));
  return {{"message", text(headline(message), most_message)},
          {"alias", text(message.alert, most_alias)},
          {"description", text(description, most_description)},
          {"entity", text(message.subject, most_entity)},
          {"source", "outrider"},
          {"priority", priority_of(message)},
          {"tags", std::move(tagged)},
          {"details", std::move(details)}};
}

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings) {
  return std::make_unique<Opsgenie>(tools, std::move(settings));
}

}  // namespace outrider::notifiers::opsgenie
