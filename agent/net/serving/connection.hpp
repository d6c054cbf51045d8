// One accepted connection: requests read within their limits, one after the other, each answered before the
// next is looked at, so that pipelined answers keep their order.
#pragma once

#include "agent/net/server.hpp"
#include "agent/net/wire/message.hpp"
#include "agent/net/wire/wire.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace outrider::net {

class Connection;

// What the connections of one server share.
struct Service {
  core::Clock& clock;
  core::Log& log;
  ServerLimits limits;
  std::function<void(const Served&)> on_served;
  Handler handler;
  bool closing = false;
  std::uint64_t bodies_bytes = 0;  // that are in hand, or expected
  std::list<Connection*> connections;
};

class Connection {
 public:
  Connection(Service& service, std::unique_ptr<Wire> wire, std::string listener, bool local_socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Until either side has had enough.
  core::Task<void> run();

  // Waiting for a request of which nothing has come yet, since when.
  const std::optional<core::Instant>& idle_since() const { return idle_since_; }
  // Ends an idle connection soon.
  void hang_up();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  core::Task<bool> shake_hands();
  core::Task<bool> wait_for_request();
  core::Task<bool> answer_one();
  core::Task<std::optional<int>> receive(Parser& parser);
  bool reserve(const Parser& parser);
  void give_back();
  core::Task<std::optional<int>> receive_body(Parser& parser);
  core::Task<bool> within(core::Duration limit, core::Task<error_code> work, error_code& error);
  core::Task<Response> ask_handler(const Call& call);
  core::Task<bool> send(Response response, bool keep, bool without_body, unsigned version);
  core::Task<void> refuse(int status, const error_code& why);
  core::Task<void> close_politely();
  std::optional<Call> make_call(Parser& parser) const;
  void report(int status, core::Instant asked) const;

  Service& service_;
  std::unique_ptr<Wire> wire_;
  std::string listener_;
  std::string peer_;
  bool local_socket_;
  Inbox inbox_;
  std::optional<core::Instant> idle_since_;
  std::uint64_t reserved_bytes_ = 0;  // of Service::bodies_bytes, for the request at hand
  bool first_ = true;
  std::list<Connection*>::iterator entry_;
};

}  // namespace outrider::net
