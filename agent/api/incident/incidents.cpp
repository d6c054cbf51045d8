#include "agent/api/incident/incidents.hpp"

#include "agent/api/answers.hpp"

namespace outrider::api {
namespace {

using core::Errc;
using core::Task;
using net::Call;
using net::Response;

std::string id_in(const Call& call) { return std::string(call.path.substr(call.path.rfind('/') + 1)); }

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.size() > folder.size() &&
         path.find('/', folder.size()) == std::string_view::npos;
}

}  // namespace

std::string_view incident_route(std::string_view path) {
  if (path == "/api/v1/incidents/note") return path;
  if (is_below(path, "/api/v1/incidents/")) return "/api/v1/incidents/{id}";
  if (is_below(path, "/incidents/")) return "/incidents/{id}";
  return path;
}

Task<Response> show_incident(core::Commands& commands, const Call& call, bool with_words) {
  auto known = co_await commands.incident(id_in(call), with_words);
  if (!known) co_return error_answer(known.error());
  Response response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(*known) + "\n";
  co_return response;
}

Task<Response> show_incident_page(core::Commands& commands, const Call& call, const Pages& pages,
                                  bool with_words) {
  if (!pages.incident) {
    const core::Error error(Errc::not_found, "cannot show a page: this build has none",
                            "GET /api/v1/incidents");
    co_return error_answer(error);
  }
  const auto known = co_await commands.incident(id_in(call), with_words);
  if (!known) co_return error_answer(known.error());
  Response response;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  response.body = pages.incident(*known);
  put_security_headers(response, pages.incident_policy);
  co_return response;
}

}  // namespace outrider::api
