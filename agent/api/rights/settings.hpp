// api.people, api.socket_role and api.look in the configuration.
#pragma once

#include "agent/api/rights/people.hpp"
#include "agent/config/kind.hpp"

namespace outrider::api {

config::Kind<People> people_kind();
config::Kind<Role> role_kind();
config::Kind<bool> looking_kind();  // everybody (true), or people

}  // namespace outrider::api
