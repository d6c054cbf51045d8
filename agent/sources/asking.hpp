// How a source that asks a server now and then is written: one server, or a list of them; what each has in
// common; and how its series are told from those of another of its kind.
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/core/clock.hpp"
#include "agent/sources/looking.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/telemetry/metrics.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sources {

// What a source's own settings are derived from.
struct Asking {
  core::Duration every = std::chrono::seconds(15);
  core::Duration timeout = std::chrono::seconds(5);
  telemetry::Labels labels;
};

// A mapping of names to values, of the key `labels`.
config::Kind<telemetry::Labels> labels_of_series();
inline constexpr const char* labels_help = "labels for each of its series that does not carry them itself";

// The rule that binds the two.
template <class Settings>
std::optional<config::Complaint> timeout_beyond_every(const Settings& settings) {
  if (settings.timeout <= settings.every) return std::nullopt;
  return config::Complaint{"timeout", "`timeout` must not be longer than `every`"};
}

// For a single step of asking: the limit of all of them ends it first, and says so.
inline core::Duration step_limit(const Asking& asking) { return asking.timeout + std::chrono::seconds(1); }

// "http://host:port/path", "https://…" or "unix:/run/x.sock:/path".
config::Kind<std::string> http_place();

// A server that is asked each `every`, and never because somebody asks for the page: "nginx http://…".
Looking looking_at(std::string_view kind, std::string_view place, const Asking& asking);

// `target` (where it is), service, namespace and environment, where they are not among its own.
telemetry::Labels labels_at(std::string_view place, const Asking& asking, const core::Resource& resource);

// An answer over HTTP of another status.
core::Error not_200(int status);

// The keys that all have, and the rule that binds them.
template <class Settings>
config::Kind<Settings> with_asking(config::Object<Settings> object) {
  return object
      .optional("every", static_cast<core::Duration Settings::*>(&Asking::every),
                config::duration(std::chrono::milliseconds(100), std::chrono::hours(1)),
                "how often it is asked")
      .optional("timeout", static_cast<core::Duration Settings::*>(&Asking::timeout),
                config::duration(std::chrono::milliseconds(10), std::chrono::minutes(1)),
                "how long it may take to answer")
      .optional("labels", static_cast<telemetry::Labels Settings::*>(&Asking::labels), labels_of_series(),
                labels_help)
      .rule(timeout_beyond_every<Settings>)
      .kind();
}

template <class Settings>
using MakeSource = std::unique_ptr<MetricSource> (*)(const Tools& tools, Settings settings);

// Of settings with a URL and how to trust it.
template <class Settings>
std::optional<config::Complaint> tls_for_nothing(const Settings& settings) {
  if (!settings.tls || settings.url.starts_with("https:")) return std::nullopt;
  return config::Complaint{"tls", "`tls` has no meaning for this URL; use https"};
}

// A key that holds one server, or a list of them. `key` and `help` are as lasting as those of any entry.
template <class Settings>
MetricEntry entry_of_servers(std::string_view key, std::string_view help, const config::Kind<Settings>& one,
                             MakeSource<Settings> make) {
  using Makers = std::vector<MetricSourceMaker>;
  const std::function<MetricSourceMaker(Settings)> turn = [make](Settings settings) -> MetricSourceMaker {
    return [make, settings](const Tools& tools) { return make(tools, settings); };
  };
  const config::Kind<MetricSourceMaker> maker = one.template as<MetricSourceMaker>(turn);
  const std::function<Makers(MetricSourceMaker)> alone = [](MetricSourceMaker made) {
    return Makers{std::move(made)};
  };
  return {key, help, config::list_or(config::list_of(maker, 1), maker.as<Makers>(alone))};
}

// `"place"`, which is all that must be said of it, or a mapping.
template <class Settings>
config::Kind<Settings> place_or(const config::Kind<std::string>& place, std::string Settings::* member,
                                const config::Kind<Settings>& mapping) {
  const std::function<Settings(std::string)> turn = [member](std::string text) {
    Settings settings;
    settings.*member = std::move(text);
    return settings;
  };
  return config::either(place.template as<Settings>(turn), mapping);
}

}  // namespace outrider::sources
