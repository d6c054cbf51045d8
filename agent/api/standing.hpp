// What /livez and /readyz say.
#pragma once

#include "agent/core/status.hpp"
#include "agent/net/http.hpp"

namespace outrider::api {

net::Response alive_answer(const core::Status& status);
net::Response ready_answer(const core::Status& status);

}  // namespace outrider::api
