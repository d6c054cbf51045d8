#include "agent/kube/access.hpp"

#include "agent/net/endpoint.hpp"

#include <algorithm>

namespace outrider::kube {

std::string pod_file(const std::string& name) {
  return "/var/run/secrets/kubernetes.io/serviceaccount/" + name;
}

std::string told_server(const config::Environment& environment) {
  const std::string host = environment.variable("KUBERNETES_SERVICE_HOST").value_or("");
  const std::string port = environment.variable("KUBERNETES_SERVICE_PORT").value_or("443");
  if (host.empty()) return {};
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return "https://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + port;
}

bool is_name(std::string_view text, bool with_dots) {
  const auto is_inner = [with_dots](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
           (with_dots && letter == '.');
  };
  const auto is_edge = [](char letter) { return letter == '-' || letter == '.'; };
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, is_inner) &&
         !is_edge(text.front()) && !is_edge(text.back());
}

std::optional<config::Complaint> trouble_with(const Access& access) {
  if (!access.name_space.empty() && !is_name(access.name_space, false))
    return config::Complaint{"namespace", "a namespace's name holds lower-case letters, digits and `-` only"};
  if (access.server.empty()) return std::nullopt;
  if (access.name_space.empty())
    return config::Complaint{"server", "outside of a pod nobody tells the namespace: say `namespace`, too"};
  const auto url = net::read_url(access.server);
  if (!url) return config::Complaint{"server", url.error().what};
  if (url->target != "/") return config::Complaint{"server", "give it without a path: https://10.0.0.1:6443"};
  if (!url->tls && !access.token_file.empty())
    return config::Complaint{"token", "a token is only sent over https"};
  return std::nullopt;
}

}  // namespace outrider::kube
