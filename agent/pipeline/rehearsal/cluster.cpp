#include "agent/pipeline/rehearsal/cluster.hpp"

#include "agent/lines/field.hpp"
#include "agent/net/gzip.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

constexpr std::uint64_t longest_body = 1u << 28;

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::string_view type_of(std::int64_t status) {
  if (status == 409) return "version_conflict_engine_exception";
  if (status == 429) return "es_rejected_execution_exception";
  return status == 400 ? "document_parsing_exception" : "played_exception";
}

}  // namespace

std::string PlayedCluster::answer_to(std::string_view action) {
  std::string_view id = lines::find_field(action, "create._id");
  if (id.empty()) id = lines::find_field(action, "index._id");
  const auto [found, first] = seen_.try_emplace(std::string(id), Seen{seen_.size()});
  Seen& seen = found->second;
  std::int64_t status = 201;
  if (seen.place < answers_.size()) {
    const Statuses& mine = answers_[seen.place];
    status = mine[std::min<std::size_t>(seen.tries, mine.size() - 1)];
  }
  ++seen.tries;
  if (status < 300) return fmt::format(R"({{"create":{{"status":{}}}}})", status);
  return fmt::format(
      R"({{"create":{{"status":{},"error":{{"type":"{}","reason":"simulated by the test"}}}}}})", status,
      type_of(status));
}

core::Task<core::Outcome<net::Response>> PlayedCluster::ask(net::Request request, core::Duration) {
  net::Response response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = "{}";
  std::string body(request.payload());
  if (net::header(request.headers, "content-encoding") == "gzip") {
    auto plain = net::gunzip(body, longest_body);
    if (!plain) co_return core::fail(plain.error());
    body = std::move(*plain);
  }
  if (request.url.find("/_bulk") != std::string::npos) {
    std::string items;
    for (std::string_view rest = body; !rest.empty();) {
      const std::string_view action = take_line(rest);
      if (action.empty()) continue;
      (void)take_line(rest);
      items += (items.empty() ? "" : ",") + answer_to(action);
    }
    response.body = R"({"errors":true,"items":[)" + items + "]}";
  } else if (request.url.find("/_settings") != std::string::npos) {
    response.body = R"({"played-000001":{"settings":{"index.creation_date":"0"}}})";
  }
  co_return response;
}

std::uint32_t PlayedCluster::tries(const std::string& id) const {
  const auto found = seen_.find('"' + id + '"');
  return found == seen_.end() ? 0 : found->second.tries;
}

}  // namespace outrider::pipeline
