#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/postgres_dsn.hpp"
#include "agent/probes/postgres/postgres_probe.hpp"

namespace outrider::probes::postgres {
namespace {

using namespace std::chrono_literals;

std::optional<config::Complaint> senseless(const Settings& settings) {
  if (const auto complaint = config::password_in_url(settings)) return complaint;
  if (settings.least_standbys > 0 && settings.role == Role::standby) {
    return config::Complaint{"least_standbys", "`least_standbys` is asked of a primary, not of a standby"};
  }
  return std::nullopt;
}

config::Kind<Settings> long_form() {
  const std::vector<std::pair<std::string, Role>> roles{
      {"any", Role::any}, {"primary", Role::primary}, {"standby", Role::standby}};
  return config::Object<Settings>()
      .required("dsn", &Settings::dsn, config::postgres_dsn(),
                "how to connect, as libpq has it, without the password")
      .optional("password", &Settings::password, config::secret(), "of its user; ~/.pgpass is read otherwise")
      .optional("role", &Settings::role, config::choice<Role>(roles), "the role that it must have")
      .optional("most_lag", &Settings::most_lag, config::duration(100ms, 24h),
                "a standby may be so far behind, and the standbys of a primary")
      .optional("least_standbys", &Settings::least_standbys, config::whole(1, 1000),
                "a primary to which fewer are connected is not ok")
      .optional("true_when", &Settings::true_when, config::text_matching(1, 4096),
                "a statement whose first value must be true: select count(*) < 1000 from jobs")
      .rule(senseless);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::string)> of_dsn = [](std::string text) {
    Settings made;
    made.dsn = std::move(text);
    return made;
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = config::postgres_dsn().as<Settings>(of_dsn);
  shelf.put({"postgres", "ask a PostgreSQL: does it answer, which role has it, how far is it behind",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::postgres
