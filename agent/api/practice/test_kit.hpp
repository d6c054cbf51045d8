// For tests: the API's desk before an agent that answers what the test says, on a river with virtual time.
#pragma once

#include "agent/api/handler.hpp"
#include "agent/api/practice/answering_agent.hpp"
#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/seal/digest.hpp"

#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <prometheus/registry.h>

namespace outrider::api {

inline core::Task<void> ask_and_keep(net::Handler handler, net::Call call,
                                     std::optional<net::Response>& kept) {
  kept = co_await handler(call);
}

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    api::Options options;
    options.pages.page = [](const core::Status& status) { return "<p>" + status.sentence + "</p>"; };
    options.pages.badge = [](const core::Status&) { return std::string("<svg/>"); };
    options.pages.content_security_policy = "default-src 'self'";
    handler_ = api::make_handler(agent_, registry_, clock_, std::move(options));
  }

  void list_the_pager() {
    api::Person pager;
    pager.role = api::Role::responder;
    pager.token_sha256 = seal::sha256("the pager's token");
    api::Options options;
    options.rights.people = {{"pager", pager}};
    handler_ = api::make_handler(agent_, registry_, clock_, std::move(options));
  }

  static net::Call token_write(std::string path, const std::string& token) {
    net::Call made = local_write(std::move(path), R"({"reason": "the pool is stuck"})");
    made.local_socket = false;
    made.peer = "10.0.0.9:51234";
    made.headers.emplace_back("Authorization", "Bearer " + token);
    return made;
  }

  static net::Call call(std::string method, std::string path, std::string query = {}) {
    net::Call made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.query = std::move(query);
    made.peer = "127.0.0.1:40000";
    made.headers = {{"Host", "127.0.0.1:9465"}};
    return made;
  }

  static net::Call local_write(std::string path, std::string body) {
    net::Call made = call("POST", std::move(path));
    made.local_socket = true;
    made.peer = "pid 1 uid 0";
    made.body = std::move(body);
    made.headers.emplace_back("Content-Type", "application/json");
    return made;
  }

  net::Response ask(const net::Call& asked, core::Duration within = core::Duration::zero()) {
    std::optional<net::Response> response;
    nursery_.start(ask_and_keep(handler_, asked, response));
    clock_.settle();
    if (within > core::Duration::zero()) clock_.advance(within);
    if (!response) ADD_FAILURE() << "no answer";
    return response.value_or(net::Response{});
  }

  net::Response get(std::string path, std::string query = {}) {
    return ask(call("GET", std::move(path), std::move(query)));
  }

  void TearDown() override { clock_.settle(); }

  boost::asio::io_context loop_{1};
  os::SimClock clock_{loop_};
  AnsweringAgent agent_{clock_};
  prometheus::Registry registry_;
  net::Handler handler_;
  async::Nursery nursery_{loop_.get_executor()};
};

}  // namespace outrider::api
