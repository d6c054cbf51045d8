#include "agent/probes/outrider/outrider_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/probes/trouble.hpp"

#include <optional>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace outrider::probes::outrider {
namespace {

namespace json = boost::json;
using core::Answer;
using core::Standing;

constexpr std::size_t longest_chain = 16;
constexpr std::size_t longest_name_bytes = 128;

std::string text(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  const auto* const words = value == nullptr ? nullptr : value->if_string();
  return words == nullptr ? std::string() : first_line(std::string_view(words->data(), words->size()), 300);
}

Answer unknown(std::string why) {
  Answer answer;
  answer.detail = std::move(why);
  return answer;
}

// The service itself, then what is behind it. Nothing when that cannot be a chain.
std::optional<std::vector<std::string>> chain_in(const json::object& word, const std::string& service) {
  std::vector<std::string> chain{service};
  const auto* const value = word.if_contains("causes");
  const auto* const causes = value == nullptr ? nullptr : value->if_array();
  if (causes == nullptr || causes->size() >= longest_chain) return std::nullopt;
  for (const auto& cause : *causes) {
    const auto* const name = cause.if_string();
    if (name == nullptr) return std::nullopt;
    chain.push_back(first_line(std::string_view(name->data(), name->size()), longest_name_bytes));
    if (chain.back().empty()) return std::nullopt;
  }
  return chain;
}

class OutriderProbe final : public Probe {
 public:
  OutriderProbe(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {
    while (settings_.url.ends_with('/')) settings_.url.pop_back();
  }

  core::Task<Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    net::Request request;
    request.url = settings_.url + "/api/v1/verdict";
    if (settings_.token.is_set())
      request.headers.emplace_back("Authorization", "Bearer " + settings_.token.reveal());
    core::Task<core::Outcome<net::Response>> asking = tools_.http.ask(std::move(request), limit);
    std::string doing = "the other Outrider's answer";
    const core::Outcome<net::Response> response =
        co_await async::with_deadline(tools_.clock, limit, std::move(doing), std::move(asking));
    // Who does not hear from the agent does not know how the service is.
    Answer answer = response ? read(*response) : unknown(response.error().what);
    answer.took = tools_.clock.now() - started;
    co_return answer;
  }

  std::string target() const override {
    const auto at = settings_.url.find('@');
    return at == std::string::npos ? settings_.url : "http://" + settings_.url.substr(at + 1);
  }

 private:
  Answer read(const net::Response& response) const {
    if (response.status != 200)
      return unknown(
          fmt::format("the other Outrider answered HTTP {}, which is no verdict", response.status));
    json::error_code trouble;
    const json::value value = json::parse(response.body, trouble);
    const auto* const word = trouble ? nullptr : value.if_object();
    const std::string service = word == nullptr ? std::string() : text(*word, "service");
    if (service.empty()) return unknown("what answers there is no Outrider, or one that tells no verdict");
    return weigh(*word, service);
  }

  Answer weigh(const json::object& word, const std::string& service) const {
    const std::string standing = text(word, "standing");
    const auto* const age = word.if_contains("age_seconds");
    if (age != nullptr && age->is_number()) {
      const std::chrono::duration<double> seconds(age->to_number<double>());
      if (seconds > settings_.stale_after)
        return unknown(fmt::format("what the other Outrider knows of {} is {} old", service,
                                   core::show_age(std::chrono::duration_cast<core::Duration>(seconds))));
    }
    const auto chain = chain_in(word, service);
    if (!chain) return unknown(fmt::format("what the other Outrider says of {} cannot be read", service));
    Answer answer;
    answer.detail = fmt::format("{} {}", service, text(word, "why"));
    answer.standing = standing == "ok"       ? Standing::ok
                      : standing == "not_ok" ? Standing::not_ok
                                             : Standing::unknown;
    if (answer.standing != Standing::not_ok) return answer;
    answer.causes = *chain;
    if (chain->size() > 1) answer.detail += fmt::format("; because of {}", chain->back());
    return answer;
  }

  Settings settings_;
  Tools tools_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<OutriderProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::outrider
