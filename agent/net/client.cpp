#include "agent/net/client.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/net/gzip.hpp"
#include "agent/net/wire/accept.hpp"
#include "agent/net/wire/message.hpp"
#include "agent/net/wire/opener.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <optional>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace outrider::net {
namespace {

namespace http = boost::beast::http;
using core::Errc;
using core::fail;
using core::Outcome;

// Where a connection leads, and how it was trusted: only the same may be used again.
struct Way {
  Endpoint endpoint;
  bool tls = false;
  TlsTrust trust;
  bool operator==(const Way&) const = default;
};

struct Kept {
  Way way;
  std::unique_ptr<Wire> wire;
  core::Instant since;
};

struct Ask {
  Request request;
  Url url;
  Way way;
  core::Instant end;
  Progress progress;
  bool received = false;  // something of an answer came
  bool late = false;
  std::optional<Outcome<Response>> outcome;
};

bool may_be_repeated(std::string_view method) {
  static constexpr std::array<std::string_view, 6> idempotent{"GET",    "HEAD",    "PUT",
                                                              "DELETE", "OPTIONS", "TRACE"};
  return std::ranges::find(idempotent, method) != idempotent.end();
}

core::Error read_trouble(const std::string& step, const error_code& error, bool received) {
  if (error == http::error::body_limit || error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return {Errc::exhausted, step + ": the answer is too large"};
  }
  if (error == http::error::partial_message || is_hang_up(error)) {
    const std::string when = received ? "in the middle of the answer" : "without an answer";
    return {Errc::unavailable, step + ": the connection was closed " + when};
  }
  if (error.category() == http::make_error_code({}).category()) {
    return {Errc::corrupt, step + ": what came is not HTTP: " + error.message()};
  }
  if (error.category() == boost::asio::error::get_ssl_category()) {
    return {Errc::denied, step + ": " + error.message()};
  }
  return core::system_error(step, error.value());
}

std::string head_of(const Request& request, const Url& url, const std::string& user_agent) {
  std::string head = request.method + " " + url.target + " HTTP/1.1\r\n";
  const auto put_default = [&](std::string_view name, std::string_view value) {
    if (header(request.headers, name).empty()) put_header(head, name, value);
  };
  put_default("Host", url.host_header);
  put_default("User-Agent", user_agent);
  put_default("Accept", "*/*");
  put_headers(head, request.headers);
  const bool brings_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (brings_body || !request.payload().empty()) {
    put_header(head, "Content-Length", std::to_string(request.payload().size()));
  }
  if (same_word(header(request.headers, "connection"), "close")) put_header(head, "Connection", "close");
  return head + "\r\n";
}

class HttpClient final : public Client {
 public:
  HttpClient(core::Clock& clock, async::Pool& pool, ClientOptions options)
      : clock_(clock), options_(std::move(options)), opener_(clock, pool) {}

  core::Task<Outcome<Response>> ask(Request request, core::Duration limit) override;

 private:
  using Parser = http::response_parser<http::string_body>;

  core::Task<void> perform(Ask& ask);
  core::Task<Outcome<Response>> converse_in_time(Ask& ask, std::unique_ptr<Wire>& wire);
  core::Task<Outcome<Response>> converse(Ask& ask, std::unique_ptr<Wire>& wire);
  core::Task<error_code> receive(Ask& ask, Wire& wire, Inbox& inbox, std::optional<Parser>& parser);
  Outcome<Response> take_response(const Ask& ask, Parser& parser) const;
  std::unique_ptr<Wire> take_kept(const Way& way);
  void keep(const Way& way, std::unique_ptr<Wire> wire);
  void forget_old();

  core::Clock& clock_;
  ClientOptions options_;
  Opener opener_;
  std::list<Kept> kept_;  // longest idle first
};

core::Task<Outcome<Response>> HttpClient::ask(Request request, core::Duration limit) {
  auto url = read_url(request.url);
  if (!url) co_return fail(url.error());
  if (!is_token(request.method)) co_return fail(Errc::invalid, "cannot use the method " + request.method);
  forget_old();
  Ask ask;
  ask.way.endpoint = url->endpoint;
  ask.way.tls = url->tls;
  if (url->tls) ask.way.trust = request.tls.value_or(options_.tls);
  ask.request = std::move(request);
  ask.url = std::move(*url);
  ask.end = clock_.now() + limit;
  co_await perform(ask);
  if (ask.late || !ask.outcome) co_return fail(ask.progress.timed_out(limit));
  co_return std::move(*ask.outcome);
}

core::Task<void> HttpClient::perform(Ask& ask) {
  std::unique_ptr<Wire> wire = take_kept(ask.way);
  if (wire) {
    auto outcome = co_await converse_in_time(ask, wire);
    const bool again = !outcome && !ask.late && !ask.received && outcome.error().code == Errc::unavailable &&
                       may_be_repeated(ask.request.method);
    if (!again) {
      ask.outcome = std::move(outcome);
      co_return;
    }
  }
  std::optional<TlsTrust> trust;
  if (ask.way.tls) trust = ask.way.trust;
  const core::Duration left = ask.end - clock_.now();
  auto opening = opener_.open(ask.way.endpoint, std::move(trust), left, ask.progress);
  auto opened = co_await async::with_deadline(clock_, left, std::move(opening));
  if (!opened) co_return;
  if (*opened) {
    ask.outcome = co_await converse_in_time(ask, **opened);
  } else {
    ask.outcome = fail(opened->error());
  }
}

core::Task<Outcome<Response>> HttpClient::converse_in_time(Ask& ask, std::unique_ptr<Wire>& wire) {
  const auto give_up = [&ask, &wire] {
    ask.late = true;
    if (wire) wire->give_up();
  };
  const async::Executor river = co_await boost::asio::this_coro::executor;
  const auto due = clock_.call_at(river, ask.end, give_up);
  co_return co_await converse(ask, wire);
}

core::Task<Outcome<Response>> HttpClient::converse(Ask& ask, std::unique_ptr<Wire>& wire) {
  ask.progress.step = "cannot read from " + ask.way.endpoint.text();
  const std::string head = head_of(ask.request, ask.url, options_.user_agent);
  const error_code unsent = co_await wire->write_all(head, ask.request.payload());
  // Who will not take the whole request may have said why before hanging up.
  Inbox inbox;
  std::optional<Parser> parser;
  const error_code error = co_await receive(ask, *wire, inbox, parser);
  if (error && unsent && !ask.received) {
    co_return fail(read_trouble("cannot write to " + ask.way.endpoint.text(), unsent, false));
  }
  const bool left_out = error == http::error::body_limit && ask.request.most_body_bytes > 0;
  if (error && !left_out) co_return fail(read_trouble(ask.progress.step, error, ask.received));
  const std::optional<core::WallTime> certificate_ends = wire->certificate_ends();
  if (left_out) {
    co_return Response{
        static_cast<int>(parser->get().result_int()), headers_of(parser->get()), {}, true, certificate_ends};
  }
  const bool reusable = !unsent && parser->is_done() && parser->keep_alive() && inbox.size() == 0;
  if (reusable) keep(ask.way, std::move(wire));
  Outcome<Response> response = take_response(ask, *parser);
  if (response) response->certificate_ends = certificate_ends;
  co_return response;
}

core::Task<error_code> HttpClient::receive(Ask& ask, Wire& wire, Inbox& inbox,
                                           std::optional<Parser>& parser) {
  error_code error = co_await read_more(wire, inbox);
  if (error) co_return error;
  ask.received = true;
  ask.progress.answering = true;
  do {
    parser.emplace();
    const std::uint64_t own_limit = ask.request.most_body_bytes;
    parser->body_limit(own_limit > 0 ? own_limit : options_.max_body_bytes);
    if (ask.request.method == "HEAD") parser->skip(true);
    error = co_await read_header<false>(wire, inbox, *parser, options_.max_header_bytes);
    if (error) co_return error;
  } while (parser->get().result_int() < 200 && parser->get().result_int() != 101);
  if (ask.request.hear && parser->get().result_int() / 100 == 2) {
    parser->body_limit(boost::none);  // what was heard is gone
    std::function<bool()> hand_over = [&ask, &body = parser->get().body()] {
      const std::string part = std::exchange(body, std::string());
      return part.empty() || ask.request.hear(part);
    };
    error = co_await read_body<false>(wire, inbox, *parser, std::move(hand_over));
  } else {
    error = co_await read_body<false>(wire, inbox, *parser);
  }
  co_return error;
}

Outcome<Response> HttpClient::take_response(const Ask& ask, Parser& parser) const {
  auto& message = parser.get();
  Response response;
  response.status = static_cast<int>(message.result_int());
  response.headers = headers_of(message);
  response.body = std::move(message.body());
  const std::string_view coding = header(response.headers, "content-encoding");
  const bool packed = same_word(coding, "gzip") || same_word(coding, "deflate");
  const bool wished = accepts_encoding(header(ask.request.headers, "accept-encoding"), coding);
  if (!options_.decode || !packed || !wished || response.body.empty()) return response;
  auto plain = gunzip(response.body, options_.max_body_bytes);
  if (!plain) return fail(ask.progress.step, plain.error());
  response.body = std::move(*plain);
  std::erase_if(response.headers, [](const auto& line) {
    return same_word(line.first, "content-encoding") || same_word(line.first, "content-length");
  });
  return response;
}

std::unique_ptr<Wire> HttpClient::take_kept(const Way& way) {
  // The freshest first: it is the least likely to have been closed.
  for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
    if (kept->way != way) continue;
    std::unique_ptr<Wire> wire = std::move(kept->wire);
    kept_.erase(std::next(kept).base());
    if (!is_stale(*wire)) return wire;
    return take_kept(way);
  }
  return nullptr;
}

void HttpClient::keep(const Way& way, std::unique_ptr<Wire> wire) {
  if (options_.kept_connections == 0) return;
  if (kept_.size() >= options_.kept_connections) kept_.pop_front();
  kept_.push_back(Kept{way, std::move(wire), clock_.now()});
}

// No timer of its own: an agent asks often enough, and a loop without work can end.
void HttpClient::forget_old() {
  const core::Instant oldest = clock_.now() - options_.keep_for;
  while (!kept_.empty() && kept_.front().since < oldest) kept_.pop_front();
}

}  // namespace

std::unique_ptr<Client> make_client(core::Clock& clock, async::Pool& pool, ClientOptions options) {
  return std::make_unique<HttpClient>(clock, pool, std::move(options));
}

}  // namespace outrider::net
