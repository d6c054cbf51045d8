#include "agent/config/tls_trust.hpp"
#include "agent/notifiers/alertmanager/alertmanager.hpp"
#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/usual.hpp"

#include <fmt/format.h>

namespace outrider::notifiers::alertmanager {

void enter(Shelf& shelf);

namespace {

using config::Complaint;
using config::Secret;

struct Written : Usual {
  std::vector<std::string> urls;
  std::vector<std::pair<std::string, Secret>> headers;
  core::Duration lasts = Settings().lasts;
  std::optional<net::TlsTrust> tls;
};

std::optional<Complaint> bad_header(const Written& written) {
  for (const auto& [name, value] : written.headers) {
    if (!is_one_line(name) || !is_one_line(value.reveal()))
      return Complaint{"headers", fmt::format("\"{}\" cannot be a header, or is more than one line", name)};
  }
  return std::nullopt;
}

Plan to_plan(const Written& written) {
  Plan plan = plan_of("alertmanager", written);
  plan.takes_heartbeats = true;
  Settings settings{plan.name, written.urls, written.headers, written.lasts, written.timeout, written.tls};
  std::vector<Secret> secrets;
  for (const auto& [header, value] : written.headers) secrets.push_back(value);
  plan.make = discreet([settings](const Tools& tools) { return make(tools, settings); }, std::move(secrets));
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  using namespace std::chrono_literals;
  config::Object<Written> object;
  usual(object);
  object
      .required("urls", &Written::urls, config::list_of(config::url({"http", "https"}), 1, 10),
                "where it is; of a cluster each member")
      .optional("headers", &Written::headers, config::map_of(config::open_or_secret()),
                "what to send along: Authorization")
      .optional("lasts", &Written::lasts, config::duration(15s, 1h),
                "how long it believes an alert without hearing of it again; it hears three times as often")
      .optional("tls", &Written::tls, config::tls_trust<net::TlsTrust>(),
                "how to trust an https receiver, and who to be")
      .rule(bad_header);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"alertmanager", "Alertmanager: routing stays in one place", object.kind().as<Plan>(turn)});
}

}  // namespace outrider::notifiers::alertmanager
