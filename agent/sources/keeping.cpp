#include "agent/sources/keeping.hpp"

#include <fmt/format.h>

namespace outrider::sources {

std::vector<std::pair<std::string, std::string>> ListenPlan::reads() const {
  std::vector<std::pair<std::string, std::string>> files;
  if (!tls) return files;
  files = {{"tls.certificate", tls->certificate}, {"tls.key", tls->key}};
  if (!tls->client_authority.empty()) files.emplace_back("tls.client_authority", tls->client_authority);
  return files;
}

std::optional<std::string> conflict(const ListenPlan& one, const ListenPlan& other) {
  const auto meet = [](const std::string& address, const std::string& there) {
    return !address.empty() && address == there && !address.ends_with(":0");
  };
  for (const auto& [http, grpc] : {std::pair(one.http, other.grpc), std::pair(other.http, one.grpc)}) {
    if (meet(http, grpc))
      return fmt::format("{} cannot be `http` for one signal and `grpc` for another", http);
  }
  const std::string* const shared = meet(one.http, other.http)   ? &one.http
                                    : meet(one.grpc, other.grpc) ? &one.grpc
                                                                 : nullptr;
  if (shared == nullptr) return std::nullopt;
  const char* const differs = one.tls != other.tls                     ? "tls"
                              : one.most_request != other.most_request ? "most_request"
                              : one.connections != other.connections   ? "connections"
                                                                       : nullptr;
  if (differs == nullptr) return std::nullopt;
  return fmt::format("{} is one listener for all signals, and their `{}` are not the same", *shared, differs);
}

}  // namespace outrider::sources
