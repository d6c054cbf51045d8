#include "agent/recovery/ground/desk/desk.hpp"

#include "agent/net/client.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace outrider::recovery {
namespace {

namespace json = boost::json;
using core::Task;

constexpr core::Duration answer_margin = std::chrono::seconds(30);
// The server asks for one file at a time, and each question is a process of its own.
constexpr std::size_t most_callers = 8;
constexpr core::Duration patience_at_the_end = std::chrono::milliseconds(100);

struct Desk {
  DeskTools tools;
  DeskOrder order;
};

std::string text_of(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

json::object object_in(std::string_view text) {
  boost::system::error_code trouble;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), trouble);
  const auto* object = trouble ? nullptr : value.if_object();
  return object == nullptr ? json::object() : *object;
}

Task<Fetched> fetch_asked(std::shared_ptr<Desk> desk, std::string body) {
  const json::object asked = object_in(body);
  const std::string name = text_of(asked, "file");
  const auto place = place_in_wal(desk->order.folder, text_of(asked, "to"));
  if (!wal::read_name(name) || !place)
    co_return Fetched{fetch_trouble, "it is no file of the archive, or not wanted in pg_wal"};
  const FetchOrder& order = desk->order.fetch;
  Fetched fetched = co_await fetch_file(desk->tools.processes, desk->tools.clock, desk->tools.pool,
                                        order.plan, name, *place, order.limit);
  co_return fetched;
}

Task<net::Response> answer(std::shared_ptr<Desk> desk, std::string body) {
  Fetched fetched = co_await fetch_asked(std::move(desk), std::move(body));
  net::Response response;
  response.body = json::serialize(json::object{{"code", fetched.code}, {"why", fetched.why}});
  co_return response;
}

Fetched read_answer(const core::Outcome<net::Response>& response) {
  const std::string start = "the drill that would fetch it does not answer";
  if (!response) return {fetch_trouble, start + ": " + response.error().what};
  const json::object said = object_in(response->body);
  const auto* code = said.if_contains("code");
  if (response->status != 200 || code == nullptr || !code->is_int64()) return {fetch_trouble, start};
  for (const int known : {fetch_found, fetch_absent}) {
    if (code->as_int64() == known) return {known, text_of(said, "why")};
  }
  return {fetch_trouble, text_of(said, "why")};
}

}  // namespace

std::optional<std::string> place_in_wal(const std::string& folder, std::string_view path) {
  constexpr std::string_view wal_folder = "pg_wal/";
  if (!path.starts_with(wal_folder)) return std::nullopt;
  const std::string_view name = path.substr(wal_folder.size());
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (name.empty() || !plain) return std::nullopt;
  return folder + "/" + std::string(path);
}

core::Outcome<std::unique_ptr<net::Server>> open_desk(DeskTools tools, DeskOrder order) {
  net::ServerOptions options;
  net::Listener listener;
  listener.address = "unix:" + order.fetch.desk;
  listener.name = "fetch";
  options.listeners.push_back(std::move(listener));
  options.limits.connections = most_callers;
  options.limits.answer_time = order.fetch.limit + answer_margin;
  options.limits.drain_time = patience_at_the_end;
  auto desk = std::make_shared<Desk>(Desk{tools, std::move(order)});
  net::Handler handler = [desk](const net::Call& call) { return answer(desk, call.body); };
  return net::Server::listen(tools.river, tools.clock, tools.log, std::move(options), std::move(handler));
}

Task<Fetched> ask_desk(core::Clock& clock, async::Pool& pool, FetchOrder order, std::string name,
                       std::string path) {
  const auto client = net::make_client(clock, pool);
  net::Request request;
  request.method = "POST";
  request.url = "unix:" + order.desk + ":/";
  request.body = json::serialize(json::object{{"file", name}, {"to", path}});
  const core::Duration limit = order.limit + 2 * answer_margin;
  auto response = co_await client->ask(std::move(request), limit);
  co_return read_answer(response);
}

}  // namespace outrider::recovery
