#include "agent/net/serving/connection.hpp"

#include "agent/async/race.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/serving/listen.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

namespace outrider::net {
namespace {

namespace http = boost::beast::http;

constexpr core::Duration linger_time = std::chrono::seconds(1);
// Enough to let whoever sends a body that is a little too long hear that it is.
constexpr std::uint64_t least_linger_bytes = 256 * 1024;

core::Task<void> store(core::Task<Response> work, Response& response) { response = co_await std::move(work); }

int status_for(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::bad_version) return 505;
  return 400;
}

// What no answer can reach.
bool is_broken(const error_code& error) {
  return error && error.category() != http::make_error_code({}).category();
}

core::Task<void> read_away(Wire& wire, Inbox& inbox, std::uint64_t most_bytes) {
  for (std::uint64_t left = most_bytes; left > 0;) {
    inbox.clear();
    const error_code error = co_await read_more(wire, inbox);
    if (error) co_return;
    left -= std::min<std::uint64_t>(left, inbox.size());
  }
}

core::Task<error_code> end_stream(Wire& wire, Inbox& inbox, std::uint64_t most_bytes) {
  co_await wire.finish_sending();
  co_await read_away(wire, inbox, most_bytes);
  co_return error_code();
}

Response plain_answer(int status, std::string text) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text) + "\n";
  return response;
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

Connection::Connection(Service& service, std::unique_ptr<Wire> wire, std::string listener, bool local_socket)
    : service_(service),
      wire_(std::move(wire)),
      listener_(std::move(listener)),
      peer_(name_of_peer(wire_->socket(), local_socket)),
      local_socket_(local_socket),
      entry_(service_.connections.insert(service_.connections.end(), this)) {}

Connection::~Connection() {
  give_back();
  service_.connections.erase(entry_);
}

void Connection::hang_up() {
  idle_since_.reset();
  wire_->stop_receiving();
}

core::Task<void> Connection::run() {
  const bool agreed = co_await shake_hands();
  if (!agreed) co_return;
  for (;;) {
    const bool more = co_await answer_one();
    give_back();
    if (!more) co_return;
    if (inbox_.size() == 0) inbox_.shrink_to_fit();  // idle connections cost nothing
  }
}

core::Task<bool> Connection::within(core::Duration limit, core::Task<error_code> work, error_code& error) {
  return net::within(service_.clock, limit, *wire_, std::move(work), error);
}

core::Task<bool> Connection::shake_hands() {
  error_code error;
  const bool in_time = co_await within(service_.limits.header_time, wire_->shake_hands(), error);
  if (in_time && !error) co_return true;
  const std::string trouble = in_time ? error.message() : "it took too long";
  service_.log.debug("net", "TLS was not agreed on", {{"peer", peer_}, {"why", trouble}});
  co_return false;
}

// False when there will be none. Who has connected and says nothing gets no longer than a header may take.
core::Task<bool> Connection::wait_for_request() {
  if (inbox_.size() > 0) co_return true;
  if (service_.closing) co_return false;
  const ServerLimits& limits = service_.limits;
  const core::Duration limit = first_ ? std::min(limits.header_time, limits.idle_time) : limits.idle_time;
  idle_since_ = service_.clock.now();
  error_code error;
  const bool in_time = co_await within(limit, read_more(*wire_, inbox_), error);
  idle_since_.reset();
  co_return in_time && !error;
}

core::Task<bool> Connection::answer_one() {
  const bool come = co_await wait_for_request();
  if (!come) co_return false;
  first_ = false;

  Parser parser;
  parser.body_limit(service_.limits.body_bytes);
  const std::optional<int> refused = co_await receive(parser);
  if (refused) co_return false;

  const core::Instant asked = service_.clock.now();
  const unsigned version = parser.get().version();
  const bool wants_more = parser.get().keep_alive();
  const bool is_head = parser.get().method() == http::verb::head;
  std::optional<Call> call = make_call(parser);
  if (!call) {
    co_await refuse(400, http::make_error_code(http::error::bad_target));
    co_return false;
  }
  Response response = co_await ask_handler(*call);
  const int status = response.status;
  const bool keep =
      wants_more && !service_.closing && !same_word(header(response.headers, "connection"), "close");
  const bool sent = co_await send(std::move(response), keep, is_head, version);
  report(status, asked);
  if (sent && !keep) co_await close_politely();
  co_return sent&& keep;
}

// Nothing when the whole request is here; else the status it was refused with, 0 when nobody was left to
// tell.
core::Task<std::optional<int>> Connection::receive(Parser& parser) {
  error_code error;
  const ServerLimits& limits = service_.limits;
  auto reading = read_header<true>(*wire_, inbox_, parser, limits.header_bytes);
  const bool in_time = co_await within(limits.header_time, std::move(reading), error);
  if (in_time && !error) {
    const std::optional<int> refused = co_await receive_body(parser);
    co_return refused;
  }
  if (in_time && is_broken(error)) co_return 0;
  const int status = in_time ? status_for(error) : 408;
  co_await refuse(status, error);
  co_return status;
}

// Room for its body among all that are here.
bool Connection::reserve(const Parser& parser) {
  const ServerLimits& limits = service_.limits;
  const std::uint64_t wanted = parser.chunked() ? limits.body_bytes : parser.content_length().value_or(0);
  if (wanted > limits.body_bytes) return true;  // it is refused for its own length
  if (service_.bodies_bytes + wanted > limits.all_bodies_bytes) return false;
  reserved_bytes_ = wanted;
  service_.bodies_bytes += wanted;
  return true;
}

void Connection::give_back() { service_.bodies_bytes -= std::exchange(reserved_bytes_, 0); }

core::Task<std::optional<int>> Connection::receive_body(Parser& parser) {
  error_code error;
  const ServerLimits& limits = service_.limits;
  const auto& fields = parser.get();
  if (fields.version() >= 11 && fields.find(http::field::host) == fields.end()) {
    co_await refuse(400, http::make_error_code(http::error::bad_field));
    co_return 400;
  }
  if (!reserve(parser)) {
    co_await refuse(503, http::make_error_code(http::error::buffer_overflow));
    co_return 503;
  }
  const bool expects = same_word(std::string_view(fields[http::field::expect]), "100-continue");
  if (expects && !parser.is_done() && inbox_.size() == 0) {
    auto telling = wire_->write_all("HTTP/1.1 100 Continue\r\n\r\n", {});
    const bool told = co_await within(limits.write_time, std::move(telling), error);
    if (!told || error) co_return 0;
  }
  auto reading = read_body<true>(*wire_, inbox_, parser);
  const bool in_time = co_await within(limits.body_time, std::move(reading), error);
  if (in_time && !error) co_return std::nullopt;
  if (in_time && is_broken(error)) co_return 0;
  const int status = in_time ? status_for(error) : 408;
  co_await refuse(status, error);
  co_return status;
}

std::optional<Call> Connection::make_call(Parser& parser) const {
  auto& message = parser.get();
  Call call;
  if (!split_target(std::string_view(message.target()), call.path, call.query)) return std::nullopt;
  call.method = std::string(message.method_string());
  call.headers = headers_of(message);
  call.body = std::move(message.body());
  call.peer = peer_;
  call.client_name = wire_->peer_name();
  call.local_socket = local_socket_;
  return call;
}

core::Task<Response> Connection::ask_handler(const Call& call) {
  std::string problem;
  Response response;
  bool in_time = true;
  try {
    core::Task<void> storing = store(service_.handler(call), response);
    in_time = co_await async::finish_within(service_.clock, service_.limits.answer_time, std::move(storing));
  } catch (const std::exception& thrown) {
    if (async::is_cancellation(std::current_exception())) throw;
    problem = thrown.what();
    if (problem.empty()) problem = "an exception without a text";
  }
  if (!problem.empty()) {
    service_.log.error("net", "A request could not be handled", {{"path", call.path}, {"why", problem}});
    co_return plain_answer(500, "this should not have happened; the log says more");
  }
  if (!in_time) {
    service_.log.warn("net", "A request took too long", {{"path", call.path}, {"peer", peer_}});
    co_return plain_answer(503, "the answer took too long");
  }
  co_return response;
}

core::Task<bool> Connection::send(Response response, bool keep, bool without_body, unsigned version) {
  std::string head = "HTTP/1.1 " + status_line(response.status) + "\r\n";
  put_headers(head, response.headers);
  if (header(response.headers, "date").empty()) put_header(head, "Date", http_date(service_.clock.wall()));
  if (may_have_body(response.status)) {
    put_header(head, "Content-Length", std::to_string(response.to_send().size()));
  } else {
    without_body = true;
  }
  if (!keep) put_header(head, "Connection", "close");
  if (keep && version < 11) put_header(head, "Connection", "keep-alive");
  head += "\r\n";
  error_code error;
  auto writing = wire_->write_all(head, without_body ? std::string_view() : response.to_send());
  const bool in_time = co_await within(service_.limits.write_time, std::move(writing), error);
  co_return in_time && !error;
}

core::Task<void> Connection::refuse(int status, const error_code& why) {
  const core::Instant asked = service_.clock.now();
  const std::string reason = status == 408   ? "the request took too long"
                             : status == 503 ? "too many others are being read"
                                             : why.message();
  service_.log.debug("net", "A request was refused", {{"peer", peer_}, {"status", status}, {"why", reason}});
  Response response = plain_answer(status, "cannot read the request: " + reason);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  const bool sent = co_await send(std::move(response), false, false, 11);
  report(status, asked);
  if (sent) co_await close_politely();
}

// Closing while the peer still sends would reset the connection, and take our last answer with it.
core::Task<void> Connection::close_politely() {
  const std::uint64_t most_bytes = std::max(least_linger_bytes, 4 * service_.limits.body_bytes);
  error_code ignored;
  auto ending = end_stream(*wire_, inbox_, most_bytes);
  (void)co_await within(linger_time, std::move(ending), ignored);
}

void Connection::report(int status, core::Instant asked) const {
  if (!service_.on_served) return;
  Served served;
  served.listener = listener_;
  served.status = status;
  served.took = service_.clock.now() - asked;
  service_.on_served(served);
}

}  // namespace outrider::net
