#include "agent/api/incident/incidents.hpp"

#include "agent/api/answers.hpp"
#include "agent/api/guard.hpp"
#include "agent/api/json.hpp"
#include "agent/core/text.hpp"

namespace outrider::api {
namespace {

using core::Errc;
using core::Task;
using net::Call;
using net::Response;

// What a service writes is for those only who are as well known as who changes something.
bool may_see_words(const Call& call) { return call.local_socket || !call.client_name.empty(); }

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

Task<Response> show_incident(core::Commands& commands, const Call& call) {
  auto known = co_await commands.incident(id_in(call), may_see_words(call));
  if (!known) co_return error_answer(known.error());
  Response response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(*known) + "\n";
  co_return response;
}

Task<Response> show_incident_page(core::Commands& commands, const Call& call, const Pages& pages) {
  if (!pages.incident) {
    const core::Error error(Errc::not_found, "cannot show a page: this build has none",
                            "GET /api/v1/incidents");
    co_return error_answer(error);
  }
  const auto known = co_await commands.incident(id_in(call), may_see_words(call));
  if (!known) co_return error_answer(known.error());
  Response response;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  response.body = pages.incident(*known);
  put_security_headers(response, pages.incident_policy);
  co_return response;
}

Task<Response> note_a_change(core::Commands& commands, std::span<const std::string> hosts, const Call& call) {
  constexpr std::size_t longest_body_bytes = 16'384;
  if (call.body.size() > longest_body_bytes)
    co_return error_answer(413, {Errc::invalid, "cannot read the request: it is too large"});
  auto name = who_writes(call, hosts);
  if (!name) {
    const int status = name.error().code == Errc::unsupported ? 415 : http_status(name.error().code);
    co_return error_answer(status, name.error());
  }
  auto request = read_write_request(call.body, false);
  if (!request) co_return error_answer(request.error());
  core::Operator who{std::move(*name), std::move(request->reason)};
  const auto done = co_await commands.note_change(std::move(who));
  if (!done) co_return error_answer(done.error());
  co_return json_answer(200, {{"schema", schema_version}, {"done", core::clean_utf8(*done)}});
}

}  // namespace outrider::api
