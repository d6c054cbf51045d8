#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/telegram/telegram.hpp"
#include "agent/notifiers/usual.hpp"

namespace outrider::notifiers::telegram {

void enter(Shelf& shelf);

namespace {

using config::Complaint;
using config::Secret;

struct Written : Usual {
  Secret token;
  std::string chat;
  std::int64_t topic = 0;
  std::string api = Settings().api;
};

std::optional<Complaint> odd_token(const Written& written) {
  const std::string& token = written.token.reveal();
  const bool is_odd =
      token.find(':') == std::string::npos || token.find_first_of(" /?#\r\n\t") != std::string::npos;
  if (!is_odd) return std::nullopt;
  return Complaint{"token", "`token` must look like 123456:ABC-DEF…: @BotFather tells it"};
}

Plan to_plan(const Written& written) {
  Plan plan = plan_of("telegram", written);
  plan.gap = std::chrono::seconds(3);  // a group takes 20 a minute
  Settings settings{plan.name,    written.token,
                    written.chat, written.topic == 0 ? "" : std::to_string(written.topic),
                    written.api,  written.timeout};
  plan.make = discreet([settings](const Tools& tools) { return make(tools, settings); }, {written.token});
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  config::Object<Written> object;
  usual(object);
  object.required("token", &Written::token, config::secret(), "the bot's token")
      .required("chat", &Written::chat, config::text_matching(1, 64),
                "\"-1001234567890\", in quotes, or \"@channel\"")
      .optional("topic", &Written::topic, config::whole(1, 1'000'000'000),
                "of a forum: the number of its topic")
      .optional("api", &Written::api, config::url({"http", "https"}), "where the Bot API is")
      .rule(odd_token);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"telegram", "a chat of Telegram, by a bot", object.kind().as<Plan>(turn)});
}

}  // namespace outrider::notifiers::telegram
