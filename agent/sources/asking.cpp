#include "agent/sources/asking.hpp"

#include "agent/config/values/labels.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/sources/meters.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::sources {

config::Kind<telemetry::Labels> labels_of_series() { return config::labels<telemetry::Labels>(); }

config::Kind<std::string> http_place() {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [](const std::string& text) -> std::optional<std::string> {
    if (net::read_url(text)) return std::nullopt;
    return std::string("must be a socket and a path, such as unix:/run/x.sock:/path");
  };
  const config::Kind<std::string> socket = config::text_matching(1, 4096).check(judge);
  const config::Kind<std::string> web = config::url({"http", "https"});
  return config::Kind<std::string>(
      [web, socket](const config::Node& node, config::Report& report) {
        const bool is_socket = node.is_scalar() && node.text().starts_with("unix:");
        return is_socket ? socket.read(node, report) : web.read(node, report);
      },
      [web, socket] { return config::any_of_schema({web.describe(), socket.describe()}); });
}

Looking looking_at(std::string_view kind, std::string_view place, const Asking& asking) {
  return {fmt::format("{} {}", kind, place), asking.every, false};
}

core::Error not_200(int status) {
  return {core::Errc::denied, fmt::format("it answers with HTTP {}", status)};
}

telemetry::Labels labels_at(std::string_view place, const Asking& asking, const core::Resource& resource) {
  telemetry::Labels labels = stamped(asking.labels, resource);
  const bool is_there =
      std::ranges::any_of(labels, [](const telemetry::Label& label) { return label.name == "target"; });
  if (!is_there) labels.push_back({"target", std::string(place)});
  return labels;
}

}  // namespace outrider::sources
