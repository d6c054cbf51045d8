// Alerts over HTTP: which there are, and what an operator does about them.
//   GET  /api/v1/alerts
//   POST /api/v1/alerts/ack?target=KEY  /silence?target=PATTERN&for=2h  /unsilence?target=ID
//   POST /api/v1/notify/test?target=NAME
//        {"reason": "…"}
#pragma once

#include "agent/core/commands.hpp"
#include "agent/net/http.hpp"

#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

namespace outrider::api {

boost::json::value alerts_json(const std::optional<core::AlertsStatus>& alerts);

net::Response show_alerts(core::Commands& commands);
// "target=ServiceDown%2Ftests-api&for=2h"
core::Outcome<core::AlertOrder> read_alert_order(std::string_view query, core::AlertOrder::What what);

}  // namespace outrider::api
