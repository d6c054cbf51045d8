#include "agent/notifiers/address.hpp"
#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/slack/slack.hpp"
#include "agent/notifiers/usual.hpp"

namespace outrider::notifiers::slack {

void enter(Shelf& shelf);

namespace {

using config::Complaint;
using config::Secret;

struct Written : Usual {
  Secret webhook;
  Secret token;
  std::string channel;
  std::string api = Settings().api;
  std::string mention;
};

std::optional<Complaint> one_way(const Written& written) {
  if (written.webhook.is_set() == written.token.is_set())
    return Complaint{written.token.is_set() ? "token" : "webhook",
                     "give either `webhook`, or `token` and `channel`"};
  if (written.token.is_set() && written.channel.empty())
    return Complaint{"channel", "a `token` needs the `channel` to write into"};
  if (!written.token.is_set() && !written.channel.empty())
    return Complaint{"channel", "a webhook has its channel already: leave `channel` out"};
  if (!is_one_line(written.token.reveal())) return Complaint{"token", "it must be one line"};
  return std::nullopt;
}

Plan to_plan(const Written& written) {
  Plan plan = plan_of("slack", written);
  plan.gap = std::chrono::seconds(1);  // more a second are answered with 429
  Settings settings{plan.name,   written.webhook, written.token,  written.channel,
                    written.api, written.mention, written.timeout};
  plan.make = discreet([settings](const Tools& tools) { return make(tools, settings); },
                       {written.webhook, written.token});
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  config::Object<Written> object;
  usual(object);
  object
      .optional("webhook", &Written::webhook, secret_url(), "an incoming webhook: https://hooks.slack.com/…")
      .optional(
          "token", &Written::token, config::secret(),
          "a bot's token (xoxb-…) with chat:write: one message an alert, changed in place, with a thread")
      .optional("channel", &Written::channel, config::text_matching(1, 100),
                "with `token`: #alerts, or its id")
      .optional("api", &Written::api, config::url({"http", "https"}), "where Slack's Web API is")
      .optional("mention", &Written::mention, config::text_matching(1, 100),
                "put before what is critical: <!here>, <!subteam^S0123>")
      .rule(one_way);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"slack", "Slack, by an incoming webhook or a bot's token", object.kind().as<Plan>(turn)});
}

}  // namespace outrider::notifiers::slack
