#include "agent/notifiers/alertmanager/alertmanager.hpp"

#include "agent/core/text.hpp"
#include "agent/notifiers/answer.hpp"

#include <algorithm>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::notifiers::alertmanager {
namespace {

namespace json = boost::json;

std::string text(std::string_view words) { return core::clean_utf8(words); }

json::object annotations_of(const Message& message) {
  json::object all{{"summary", text(message.sentence)}};
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) all[name] = text(value);
  };
  put("description", fmt::format("{}", fmt::join(lines_of(message), "\n")));
  put("why", message.why);
  put("next", message.next);
  put("note", message.note);
  put("message_id", message.id);
  for (const Link& link : message.links) {
    std::string name = link.title + "_url";
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == ' ' ? '_' : c;
    });
    all[name] = text(link.url);
  }
  return all;
}

class Alertmanager final : public Notifier {
 public:
  Alertmanager(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {}

  std::string target() const override {
    std::vector<std::string> hosts;
    for (const std::string& url : settings_.urls) hosts.push_back(host_of(url));
    return fmt::format("{} {}", settings_.name, fmt::join(hosts, ", "));
  }
  std::optional<core::Duration> forgets_after() const override { return settings_.lasts; }
  // What it is told anew changes what stands there.
  bool renews() const override { return true; }

  // Members of a cluster tell each other what was sent, not what they were told of: so each is told. One is
  // enough to say that it arrived.
  core::Task<Delivery> deliver(Message message, std::string) override {
    std::optional<Trouble> trouble;
    std::vector<std::string> took;
    for (const std::string& url : settings_.urls) {
      const auto came = co_await post(message, url);
      if (came)
        took.push_back(host_of(url));
      else if (!trouble)
        trouble = came.error();
    }
    if (took.empty()) co_return tl::unexpected(std::move(*trouble));
    Receipt receipt{fmt::format("taken by {}", fmt::join(took, ", ")), {}};
    if (trouble) receipt.missed = trouble->error.what;
    co_return receipt;
  }

 private:
  core::Task<Delivery> post(const Message& message, const std::string& url) {
    net::Request request = post_of(url + (url.ends_with('/') ? "" : "/") + "api/v2/alerts",
                                   body_of(message, settings_.lasts, tools_.clock.wall()));
    request.tls = settings_.tls;
    for (const auto& [name, value] : settings_.headers) request.headers.emplace_back(name, value.reveal());
    const auto answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    const std::string who = settings_.name + " " + host_of(url);
    if (!answer) co_return tl::unexpected(trouble_of(who, answer.error()));
    if (answer->status != 200) co_return tl::unexpected(trouble_of(who, *answer, tools_.clock.wall()));
    co_return Receipt{};
  }

  Tools tools_;
  Settings settings_;
};

}  // namespace

std::string body_of(const Message& message, core::Duration lasts, core::WallTime now) {
  json::object labels;
  for (const auto& [name, value] : message.labels) {
    if (!value.empty()) labels[text(name)] = text(value);  // an empty label is none
  }
  const bool is_over = message.stage == Stage::resolved;
  // A test is over by itself, and soon.
  const core::Duration length = message.stage == Stage::test ? std::chrono::minutes(1) : lasts;
  const core::WallTime end = is_over ? std::min(message.at, now) : now + length;
  json::object alert{{"labels", std::move(labels)},
                     {"annotations", annotations_of(message)},
                     {"startsAt", core::show_time(std::min(message.began, end))},
                     {"endsAt", core::show_time(end)}};
  for (const Link& link : message.links) {
    if (link.title == "Status") alert["generatorURL"] = text(link.url);
  }
  const json::array body{std::move(alert)};
  return json::serialize(body);
}

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings) {
  return std::make_unique<Alertmanager>(tools, std::move(settings));
}

}  // namespace outrider::notifiers::alertmanager
