// Where the API server of Kubernetes is, and who we are there: as is written, or as every pod is told.
#pragma once

#include "agent/config/environment.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/report.hpp"
#include "agent/config/tls_trust.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"

#include <optional>
#include <string>

namespace outrider::kube {

struct Access {
  std::string server;      // "https://10.0.0.1:6443"; empty: as a pod is told
  std::string token_file;  // empty: a pod's own where that is what we are, else none
  std::optional<net::TlsTrust> tls;
  std::string name_space;  // empty: as a pod is told
  core::Duration timeout = std::chrono::seconds(10);
  std::string told_server;  // by the variables of a pod; empty outside of one

  bool in_pod() const { return server.empty(); }
};

// A pod's files: `token`, `ca.crt` and `namespace`.
std::string pod_file(const std::string& name);

// "https://10.0.0.1:443" of KUBERNETES_SERVICE_HOST and _PORT; empty where they are not set.
std::string told_server(const config::Environment& environment);

// Lower-case letters, digits and `-`; with `.`, where the API allows it: a name of Kubernetes that needs no
// quoting.
bool is_name(std::string_view text, bool with_dots = true);

std::optional<config::Complaint> trouble_with(const Access& access);

// Adds the keys that say where and who.
template <class Written>
config::Kind<Written> with_access_keys(config::Object<Written> keys) {
  using namespace std::chrono_literals;
  const auto of = []<class M>(M Access::* member) { return static_cast<M Written::*>(member); };
  keys.optional("namespace", of(&Access::name_space), config::text_matching(1, 63),
                "its namespace; the one that outrider's own pod is in when left out")
      .optional("server", of(&Access::server), config::url({"https", "http"}),
                "where the API server is; as a pod is told when left out")
      .optional(
          "token", of(&Access::token_file), config::path(),
          "file with the token that says who we are, read anew every minute; the pod's own when left out")
      .optional("tls", of(&Access::tls), config::tls_trust<net::TlsTrust>(),
                "how to trust the API server, and the certificate that says who we are")
      .optional("timeout", of(&Access::timeout), config::duration(100ms, 10min),
                "how long the API server may take to answer")
      .rule([](const Written& written) { return kube::trouble_with(written); });
  const config::Kind<Written> kind = keys.kind();
  return config::Kind<Written>(
      [kind](const config::Node& node, config::Report& report) {
        auto written = kind.read(node, report);
        if (written && written->server.empty()) written->told_server = told_server(report.environment());
        return written;
      },
      [kind] { return kind.describe(); });
}

}  // namespace outrider::kube
