#include "agent/api/alert/alerts.hpp"

#include "agent/api/answers.hpp"
#include "agent/api/json.hpp"
#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/url/parse_query.hpp>
#include <fmt/format.h>

namespace outrider::api {
namespace {

namespace json = boost::json;
using core::AlertOrder;
using core::Errc;

constexpr std::size_t longest_target = 500;
constexpr core::Duration longest_silence = std::chrono::hours(24 * 30);

std::string clean(std::string_view words) { return core::clean_utf8(words); }

json::value moment_or_null(const std::optional<core::WallTime>& time) {
  if (!time) return nullptr;
  return json::value(core::show_time(*time));
}

json::array clean_all(const std::vector<std::string>& all) {
  json::array array;
  for (const std::string& one : all) array.emplace_back(clean(one));
  return array;
}

}  // namespace

json::value alerts_json(const std::optional<core::AlertsStatus>& alerts) {
  if (!alerts) return nullptr;
  json::array all, silences, notifiers;
  for (const core::AlertStatus& alert : alerts->alerts) {
    all.push_back(json::object{{"id", clean(alert.id)},
                               {"key", clean(alert.key)},
                               {"name", clean(alert.name)},
                               {"severity", core::name_of(alert.severity)},
                               {"state", alert.state},
                               {"subject", clean(alert.subject)},
                               {"sentence", clean(alert.sentence)},
                               {"note", clean(alert.note)},
                               {"began", core::show_time(alert.began)},
                               {"explains", clean_all(alert.explains)},
                               {"explained_by", clean(alert.explained_by)}});
  }
  for (const core::SilenceStatus& silence : alerts->silences) {
    silences.push_back(json::object{{"id", silence.id},
                                    {"what", clean(silence.what)},
                                    {"who", clean(silence.who)},
                                    {"reason", clean(silence.reason)},
                                    {"until", core::show_time(silence.until)}});
  }
  for (const core::NotifierStatus& notifier : alerts->notifiers) {
    notifiers.push_back(json::object{{"name", clean(notifier.name)},
                                     {"target", clean(notifier.target)},
                                     {"waiting", notifier.waiting},
                                     {"delivered", notifier.delivered},
                                     {"trouble", clean(notifier.trouble)},
                                     {"last_delivered", moment_or_null(notifier.last_delivered)}});
  }
  return json::object{
      {"alerts", std::move(all)}, {"silences", std::move(silences)}, {"notifiers", std::move(notifiers)}};
}

net::Response show_alerts(core::Commands& commands) {
  const core::Status status = commands.status();
  if (!status.alerts) {
    const core::Error error(Errc::unsupported, "nobody is told of anything",
                            "give the configuration a section `notify`");
    return error_answer(error);
  }
  json::object body = alerts_json(status.alerts).get_object();
  body["schema"] = schema_version;
  return json_answer(200, body);
}

core::Outcome<AlertOrder> read_alert_order(std::string_view query, AlertOrder::What what) {
  AlertOrder order;
  order.what = what;
  const auto read = boost::urls::parse_query({query.data(), query.size()});
  if (!read) return core::fail(Errc::invalid, "cannot understand the query", "write it as target=KEY");
  for (const auto& given : boost::urls::params_view(*read)) {
    if (given.key == "target") {
      order.target = given.value;
    } else if (given.key == "for" && what == AlertOrder::What::silence) {
      const auto length = core::read_duration(given.value);
      if (!length || *length <= core::Duration(0) || *length > longest_silence)
        return core::fail(Errc::invalid, "cannot silence for so long",
                          "for=2h; at most " + core::show_duration(longest_silence));
      order.length = *length;
    } else {
      return core::fail(Errc::invalid, fmt::format("cannot take \"{}\" in the query", clean(given.key)),
                        "there are target=KEY and, of a silence, for=2h");
    }
  }
  if (order.target.size() > longest_target) return core::fail(Errc::invalid, "cannot take so long a target");
  if (order.target.empty() && what != AlertOrder::What::test)
    return core::fail(Errc::invalid, "cannot tell which alert is meant", "target=ServiceDown/tests-api");
  if (what == AlertOrder::What::silence && order.length == core::Duration(0))
    return core::fail(Errc::invalid, "cannot silence without a length", "for=2h");
  return order;
}

}  // namespace outrider::api
