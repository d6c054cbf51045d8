// The worlds of the probes that speak a server's own protocol.
#include "agent/net/certificate.hpp"
#include "agent/net/h2/test_server.hpp"
#include "agent/net/test_identity.hpp"
#include "tests/contract/probe_worlds.hpp"

#include <array>

namespace outrider::contract {
namespace {

using namespace std::chrono_literals;

// Takes one call after the other; `says` answers what came, or not at all.
core::Task<void> serve(net::SimStreams& net, std::string address,
                       std::function<std::string(std::string_view asked)> says) {
  for (;;) {
    const auto stream = co_await net.accept(address);
    for (;;) {
      std::array<char, 1024> buffer;
      const std::span<char> into(buffer);
      const auto size = co_await stream->read_some(into, 1h);
      if (!size || *size == 0) break;
      const std::string answer = says(std::string_view(buffer.data(), *size));
      if (!answer.empty()) (void)co_await stream->write_all(answer, 1h);
    }
  }
}

core::Task<void> serve_grpc(net::SimStreams& net, std::string address, net::testing::H2Reply reply) {
  for (;;) {
    const auto stream = co_await net.accept(address);
    net::testing::H2Server server([reply](const std::string&, const std::string&) { return reply; });
    for (;;) {
      std::array<char, 1024> buffer;
      const std::span<char> into(buffer);
      const auto size = co_await stream->read_some(into, 1h);
      if (!size || *size == 0) break;
      const std::string said = server.hear(std::string_view(buffer.data(), *size));
      if (!said.empty()) (void)co_await stream->write_all(said, 1h);
    }
  }
}

void arrange_grpc(World& world, Condition condition) {
  if (condition == Condition::absent) return;
  constexpr const char* address = "127.0.0.1:50051";
  net::testing::H2Reply reply;
  reply.body = std::string("\0\0\0\0\2\x08", 6) + (condition == Condition::sick ? '\2' : '\1');
  reply.trailers = {{"grpc-status", "0"}};
  reply.is_silent = condition == Condition::silent;
  world.streams.listen(address);
  world.servers.start(serve_grpc(world.streams, address, reply));
}

void arrange_redis(World& world, Condition condition) {
  if (condition == Condition::absent) return;
  const auto says = [condition](std::string_view asked) -> std::string {
    if (condition == Condition::silent) return {};
    if (condition == Condition::sick) return "-LOADING Redis is loading the dataset in memory\r\n";
    if (asked.find("PING") != std::string_view::npos) return "+PONG\r\n";
    const std::string info =
        "role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:up\r\n"
        "master_last_io_seconds_ago:1\r\n";
    return "$" + std::to_string(info.size()) + "\r\n" + info + "\r\n";
  };
  for (const char* address : {"127.0.0.1:6379", "unix:/run/redis/redis.sock"}) {
    world.streams.listen(address);
    world.servers.start(serve(world.streams, address, says));
  }
}

// Only a server can be silent; the file is sick then.
void arrange_certificate(World& world, Condition condition) {
  constexpr const char* server = "api.school.example:443";
  world.streams.set_silent(server, condition == Condition::silent);
  if (condition == Condition::absent) return;
  static const std::string pem = net::testing::Identity({.name = "api.school.example"}).certificate_pem();
  const core::WallTime ends = net::read_certificates(pem)->front().ends;
  const core::Duration left = condition == Condition::well ? 24h * 30 : 24h;
  world.clock.jump_wall(ends - left - world.clock.wall());
  world.machine->files["/etc/tests-api/tls.pem"] = {{}, pem};
  world.streams.set_certificates(server, {{"api.school.example", "school CA", {}, ends}});
  world.streams.listen(server);
}

// Both databases of the example are one here, so it is whatever the statement asks for.
void arrange_postgres(World& world, Condition condition) {
  sql::SimDatabase& database = *world.database;
  if (condition == Condition::absent) {
    database.away = core::Error(core::Errc::unavailable, "connection refused");
  } else if (condition == Condition::sick) {
    database.away = core::Error(core::Errc::unavailable, "FATAL:  the database system is starting up");
  }
  database.hangs = condition == Condition::silent;
  database.answer = [](const std::string&) -> core::Outcome<sql::Rows> {
    return sql::Rows{{"standby", "is_fed", "lag"}, {{"t", "t", "0.5"}}};
  };
}

}  // namespace

void add_server_scenes(Scenes& made) {
  made["grpc"] = {.arrange = arrange_grpc,
                  .bad = {{"localhost", "grpc"},
                          {"{service: a}", "address"},
                          {"{address: \"a:1\", service: \"\"}", "service"},
                          {"{address: \"a:1\", sevice: a}", "sevice"}},
                  .real_value = "\"127.0.0.1:1\""};
  made["postgres"] = {.arrange = arrange_postgres,
                      .bad = {{"here", "postgres"},
                              {"{role: primary}", "dsn"},
                              {"{dsn: \"host=a\", role: replica}", "role"},
                              {"{dsn: \"host=a\", password: open}", "password"},
                              {"{dsn: \"host=a\", most_lag: 1}", "most_lag"},
                              {"{dsn: \"host=a\", true_when: \"\"}", "true_when"},
                              {"{dsn: \"host=a\", role: standby, least_standbys: 1}", "least_standbys"}},
                      .real_value = "\"host=127.0.0.1 port=1 dbname=nowhere\""};
  made["redis"] = {.arrange = arrange_redis,
                   .bad = {{"localhost", "redis"},
                           {"{role: primary}", "address"},
                           {"{address: \"a:1\", role: master}", "role"},
                           {"{address: \"a:1\", user: outrider}", "user"},
                           {"{address: \"a:1\", password: open}", "password"},
                           {"{address: \"a:1\", most_lag: 1}", "most_lag"},
                           {"{address: \"a:1\", role: replica, least_replicas: 1}", "least_replicas"},
                           {"{address: \"a:1\", tls: {key: /k}}", "tls"}},
                   .real_value = "\"127.0.0.1:1\""};
  made["certificate"] = {.arrange = arrange_certificate,
                         .bad = {{"here", "certificate"},
                                 {"[]", "certificate"},
                                 {"{valid_for: 1d}", "server"},
                                 {"{file: /a, server: \"b:1\"}", "server"},
                                 {"{file: /a, valid_for: soon}", "valid_for"},
                                 {"{file: /a, authority: here}", "authority"}},
                         .real_value = "/nowhere/at/all.pem"};
}

}  // namespace outrider::contract
