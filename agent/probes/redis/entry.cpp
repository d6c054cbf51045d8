#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/redis/redis_probe.hpp"
#include "agent/probes/tls_kind.hpp"

namespace outrider::probes::redis {
namespace {

using namespace std::chrono_literals;

std::optional<config::Complaint> senseless(const Settings& settings) {
  if (!settings.user.empty() && !settings.password.is_set()) {
    return config::Complaint{"user", "`user` needs a `password`"};
  }
  if (settings.least_replicas > 0 && settings.role == Role::replica) {
    return config::Complaint{"least_replicas", "`least_replicas` is asked of a primary, not of a replica"};
  }
  return half_an_identity(settings.tls);
}

config::Kind<Settings> long_form() {
  const std::vector<std::pair<std::string, Role>> roles{
      {"any", Role::any}, {"primary", Role::primary}, {"replica", Role::replica}};
  return config::Object<Settings>()
      .required("address", &Settings::address, config::endpoint(), "host:port or unix:/path")
      .optional("user", &Settings::user, config::text(),
                "of its access control list; the default user when left out")
      .optional("password", &Settings::password, config::secret(), "for AUTH")
      .optional("tls", &Settings::tls, trust(), "ask over TLS, and how to trust it; {} is enough")
      .optional("role", &Settings::role, config::choice<Role>(roles), "the role that it must have")
      .optional("most_lag", &Settings::most_lag, config::duration(1s, 24h),
                "a replica that has not heard of its primary for longer is not ok, nor counts as in step")
      .optional("least_replicas", &Settings::least_replicas, config::whole(1, 1000),
                "a primary with fewer replicas in step is not ok")
      .rule(senseless);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::string)> of_address = [](std::string address) {
    Settings made;
    made.address = std::move(address);
    return made;
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = config::endpoint().as<Settings>(of_address);
  shelf.put({"redis", "ask a Redis: does it answer, which role has it, how far is its replication behind",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::redis
