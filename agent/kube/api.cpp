#include "agent/kube/api.hpp"

#include "agent/core/text.hpp"
#include "agent/core/words/percent.hpp"
#include "agent/kube/json.hpp"
#include "agent/net/wire/retry_after.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace outrider::kube {
namespace {

using namespace std::chrono_literals;
using core::Errc;
using core::Outcome;
using core::Task;
namespace json = boost::json;

constexpr std::uint64_t most_file_bytes = 64 * 1024;
constexpr core::Duration token_is_read_every = 1min;  // as client-go does
constexpr core::Duration wait_when_not_said = 1s;
constexpr int most_tries = 8;
constexpr std::size_t quoted_bytes = 300;

bool is_good(int status) { return status >= 200 && status < 300; }

Errc code_of(int status, bool is_its_word) {
  switch (status) {
    case 401:
    case 403: return Errc::denied;
    case 404: return is_its_word ? Errc::not_found : Errc::corrupt;
    case 409: return Errc::busy;
    case 429: return Errc::exhausted;
    case 504: return Errc::timed_out;
    default: return status >= 500 || status < 300 ? Errc::unavailable : Errc::refused;
  }
}

// Which budget it is that forbids an eviction stands there alone: "The disruption budget tests-api needs 2
// …".
std::string cause_in(const json::object& status) {
  const json::array& causes = list_in(object_in(status, "details"), "causes");
  if (causes.empty() || !causes.front().is_object()) return {};
  return " " + text_in(causes.front().get_object(), "message");
}

// {"kind": "Status", "reason": "NotFound", "message": "pods \"x\" not found", …}
core::Error refusal(const net::Response& response) {
  const auto status = read_object(response.body);
  const bool is_its_word = status && text_in(*status, "kind") == "Status";
  std::string words = is_its_word ? text_in(*status, "message")
                                  : core::clean_utf8(std::string_view(response.body).substr(0, quoted_bytes));
  if (is_its_word && response.status == 429) words += cause_in(*status);
  if (words.size() > quoted_bytes) words.resize(quoted_bytes);
  words = core::without_controls(core::clean_utf8(words));
  const bool no_such = is_its_word && text_in(*status, "reason") == "NotFound";
  core::Error error(code_of(response.status, no_such),
                    fmt::format("the API server answers {}: {}", response.status, words));
  if (response.status == 401)
    error.hint = "the token or the certificate says nothing to it: give another one";
  if (response.status == 403) error.hint = "give its service account the Role in docs/kubernetes.md";
  return error;
}

// A token's file or a server's name that is not to be found says nothing about the object asked for.
core::Error no_answer(core::Error error) {
  if (error.code == Errc::not_found) error.code = Errc::unavailable;
  return error;
}

Outcome<json::object> read_answer(const net::Response& response) {
  if (!is_good(response.status)) return core::fail(refusal(response));
  auto object = read_object(response.body);
  if (!object) return core::fail(Errc::corrupt, "the API server's answer is not what its API says");
  return std::move(*object);
}

}  // namespace

std::string quote(std::string_view text) { return core::percent_encoded(text, "-._"); }

Task<Outcome<std::string>> Api::read_file(std::string path) {
  auto work = [files = &tools_.files, path] { return files->read_all(path, most_file_bytes); };
  auto text = co_await async::offload(tools_.pool, std::move(work));
  if (!text) co_return core::fail(text.error());
  std::erase_if(*text, [](unsigned char letter) { return std::isspace(letter) != 0; });
  if (text->empty()) co_return core::fail(Errc::invalid, "cannot use " + path + ": it is empty");
  co_return std::move(*text);
}

// What is not written is told to pods, by variables and files that others have no reason to have.
Task<Outcome<>> Api::get_ready() {
  const bool in_pod = access_.in_pod();
  if (in_pod && access_.told_server.empty())
    co_return core::fail(Errc::invalid, "cannot tell where the API server is: this is not a pod",
                         "say where it is: `server: https://…`, with `namespace`, `token` and `tls`");
  if (access_.name_space.empty()) {
    auto told = co_await read_file(pod_file("namespace"));
    if (!told) co_return core::fail("cannot tell which namespace is meant", told.error());
    if (!is_name(*told, false)) co_return core::fail(Errc::invalid, "cannot use a pod's namespace: " + *told);
    access_.name_space = std::move(*told);
  }
  if (in_pod && access_.token_file.empty()) access_.token_file = pod_file("token");
  if (in_pod && !access_.tls) access_.tls.emplace().authority = pod_file("ca.crt");
  const core::Instant now = tools_.clock.now();
  if (access_.token_file.empty() || (!token_.empty() && now - token_read_ < token_is_read_every))
    co_return Outcome<>();
  auto token = co_await read_file(access_.token_file);
  if (!token) co_return core::fail("cannot say who we are", token.error());
  token_ = std::move(*token);
  token_read_ = now;
  co_return Outcome<>();
}

Task<Outcome<net::Response>> Api::send(const Question& question, core::Duration limit, Events* hearing) {
  const Outcome<> ready = co_await get_ready();
  if (!ready) co_return core::fail(no_answer(ready.error()));
  std::string server = access_.in_pod() ? access_.told_server : access_.server;
  while (server.ends_with('/')) server.pop_back();
  net::Request request;
  request.method = question.method;
  request.url =
      fmt::format("{}/{}/namespaces/{}/{}", server, question.group, access_.name_space, question.what);
  request.headers = {{"Accept", "application/json"}};
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  if (!question.body.empty()) request.headers.emplace_back("Content-Type", question.content_type);
  request.body = question.body;
  request.tls = access_.tls;
  if (hearing != nullptr) request.hear = [hearing](std::string_view part) { return hearing->feed(part); };
  auto asking = tools_.http.ask(std::move(request), limit);
  auto response = co_await std::move(asking);
  if (!response) co_return core::fail("cannot ask the API server", no_answer(response.error()));
  if (response->status == 401) token_.clear();  // it may have been rotated
  co_return response;
}

Task<Outcome<json::object>> Api::ask(Question question) {
  const core::Instant end = tools_.clock.now() + access_.timeout;
  bool known_once_more = false;
  for (int tries = 1;; ++tries) {
    const auto response = co_await send(question, end - tools_.clock.now());
    if (!response) co_return core::fail(response.error());
    if (response->status == 401 && !access_.token_file.empty() && !std::exchange(known_once_more, true))
      continue;
    if (response->status != 429 || !question.waits_its_turn) co_return read_answer(*response);
    // What was turned away so was not begun: it may be asked again, whatever it is.
    const auto said = net::retry_after(response->headers, tools_.clock.wall());
    const core::Duration wait = std::max(said.value_or(wait_when_not_said), core::Duration(100ms));
    if (tries >= most_tries || tools_.clock.now() + wait >= end) co_return read_answer(*response);
    co_await tools_.clock.sleep(wait);
  }
}

Task<Outcome<Heard>> Api::watch(Question question, std::string& version, core::Duration limit) {
  const auto seconds = std::max<std::int64_t>(1, limit / std::chrono::seconds(1));
  question.what += fmt::format("{}watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}",
                               question.what.find('?') == std::string::npos ? '?' : '&', seconds, version);
  Events events(version);
  const auto response = co_await send(question, limit + access_.timeout, &events);
  if (!response) co_return core::fail(response.error());
  if (response->status == 410) co_return Heard::too_old;
  if (!is_good(response->status)) co_return core::fail(refusal(*response));
  if (events.heard() == Heard::broken) co_return core::fail(Errc::corrupt, events.why());
  version = events.version();
  co_return events.heard();
}

}  // namespace outrider::kube
