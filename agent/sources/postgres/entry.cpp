#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/postgres_dsn.hpp"
#include "agent/sources/postgres/postgres_source.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::postgres {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

// As it is written: labels as a mapping.
struct Written {
  std::string dsn;
  config::Secret password;
  core::Duration every = 15s;
  core::Duration timeout = 5s;
  std::uint32_t statements = 20;
  std::uint32_t leave_free = 3;
  std::vector<std::pair<std::string, std::string>> labels;
};

using Makers = std::vector<MetricSourceMaker>;

std::optional<config::Complaint> senseless(const Written& written) {
  if (const auto complaint = config::password_in_url(written)) return complaint;
  if (written.timeout <= written.every) return std::nullopt;
  return config::Complaint{"timeout", "`timeout` must not be longer than `every`"};
}

MetricSourceMaker to_maker(Written written) {
  Settings settings;
  settings.dsn = std::move(written.dsn);
  settings.password = std::move(written.password);
  settings.every = written.every;
  settings.timeout = written.timeout;
  settings.statements = written.statements;
  settings.leave_free = written.leave_free;
  for (auto& [name, value] : written.labels) settings.labels.push_back({std::move(name), std::move(value)});
  return [settings](const Tools& tools) { return make(tools, settings); };
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Written> written =
      config::Object<Written>()
          .required("dsn", &Written::dsn, config::postgres_dsn(),
                    "how to connect, as libpq has it, without the password")
          .optional("password", &Written::password, config::secret(),
                    "of its user; ~/.pgpass is read otherwise")
          .optional("every", &Written::every, config::duration(1s, 1h), "how often it is asked")
          .optional("timeout", &Written::timeout, config::duration(100ms, 1min),
                    "how long one statement may take; the server ends it then")
          .optional("statements", &Written::statements, config::whole(0, 1000),
                    "so many of the dearest statements are shown, all others as one; 0: none")
          .optional("leave_free", &Written::leave_free, config::whole(1, 1000),
                    "with fewer connections left for others, ours is given back and the server left alone "
                    "for a while")
          .optional("labels", &Written::labels, config::map_of(config::text(), config::Names::label),
                    "labels for each of its series that does not carry them itself")
          .rule(senseless);
  const std::function<MetricSourceMaker(Written)> turn = to_maker;
  const config::Kind<MetricSourceMaker> one = written.as<MetricSourceMaker>(turn);
  const std::function<Makers(MetricSourceMaker)> alone = [](MetricSourceMaker maker) {
    return Makers{std::move(maker)};
  };
  shelf.put(MetricEntry{"postgres", "PostgreSQL servers' metrics, under the names of postgres_exporter",
                        config::list_or(config::list_of(one, 1), one.as<Makers>(alone))});
}

}  // namespace outrider::sources::postgres
