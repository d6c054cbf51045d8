#include "agent/net/wire/tls.hpp"

#include "agent/net/client.hpp"
#include "agent/net/test_kit.hpp"

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;
using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

namespace {

core::Task<Response> tell_client(const Call& call) {
  Response response;
  response.body = "[" + call.client_name + "] " + call.peer;
  co_return response;
}

struct Tls : ::testing::Test {
  Tls() {
    authority.write(directory.file("ca.pem"));
    other_authority.write(directory.file("other-ca.pem"));
    Identity({"server"}, &authority).write(files.certificate, files.key);
  }

  ServerOptions options(bool with_clients = false) const {
    TlsFiles used = files;
    if (with_clients) used.client_authority = directory.file("ca.pem");
    ServerOptions made;
    made.listeners.push_back({"127.0.0.1:0", used, "https"});
    return made;
  }

  core::Outcome<Response> ask(Client& client, const RunningServer& server, TlsTrust trust) {
    std::optional<core::Outcome<Response>> outcome;
    loop_work([&]() -> core::Task<void> {
      Request request;
      request.url = "https://" + server.address() + "/";
      request.tls = trust;
      outcome = co_await client.ask(request, 5s);
    });
    return *outcome;
  }

  core::Outcome<Response> ask(const RunningServer& server, TlsTrust trust) {
    const auto client = make_client(*clock, *pool);
    return ask(*client, server, std::move(trust));
  }

  TlsTrust trust(std::string_view authority_file = "ca.pem") const {
    TlsTrust made;
    made.authority = directory.file(authority_file);
    return made;
  }

  void loop_work(const std::function<core::Task<void>()>& work) { async::run_on_loop(loop, work()); }

  TemporaryDirectory directory;
  Identity authority{{"our authority", true}};
  Identity other_authority{{"another authority", true}};
  TlsFiles files{directory.file("server.pem"), directory.file("server.key"), {}};
  boost::asio::io_context loop{1};
  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(1);
};

}  // namespace

TEST_F(Tls, AnswersWhoTrustsItsAuthorityAndNobodyElseIsFooled) {
  const RunningServer server(options(), tell_client);
  const auto believed = ask(server, trust());
  ASSERT_TRUE(believed) << believed.error().what;
  EXPECT_THAT(believed->body, HasSubstr("[] 127.0.0.1:"));
  const auto doubted = ask(server, trust("other-ca.pem"));
  ASSERT_FALSE(doubted);
  EXPECT_EQ(doubted.error().code, core::Errc::distrusted);
  EXPECT_THAT(doubted.error().what, HasSubstr("its certificate is not believed: unable to get local issuer"));
  TlsTrust blind;
  blind.verify = false;
  EXPECT_TRUE(ask(server, blind));
}

TEST_F(Tls, TheNameInTheCertificateMustBeTheOneAsked) {
  const RunningServer server(options(), tell_client);
  TlsTrust named = trust();
  named.server_name = "localhost";
  EXPECT_TRUE(ask(server, named));
  named.server_name = "elsewhere.example";
  EXPECT_THAT(ask(server, named).error().what, EndsWith("ostname mismatch"));
}

TEST_F(Tls, AnExpiredCertificateIsNotBelieved) {
  Identity({"server", false, -20, -10}, &authority).write(files.certificate, files.key);
  const RunningServer server(options(), tell_client);
  EXPECT_EQ(server.log.count("A certificate is not valid now"), 1u);
  EXPECT_THAT(ask(server, trust()).error().what, HasSubstr("certificate has expired"));
}

TEST_F(Tls, AsksForAClientCertificateAndTellsWhoseItWas) {
  Identity({"prometheus"}, &authority).write(directory.file("client.pem"), directory.file("client.key"));
  Identity({"stranger"}, &other_authority).write(directory.file("other.pem"), directory.file("other.key"));
  Identity({"late", false, -20, -10}, &authority)
      .write(directory.file("late.pem"), directory.file("late.key"));
  const RunningServer server(options(true), tell_client);
  TlsTrust with = trust();
  with.certificate = directory.file("client.pem");
  with.key = directory.file("client.key");
  const auto known = ask(server, with);
  ASSERT_TRUE(known) << known.error().what;
  EXPECT_THAT(known->body, HasSubstr("[prometheus] "));
  EXPECT_FALSE(ask(server, trust()));  // none at all
  with.certificate = directory.file("other.pem");
  with.key = directory.file("other.key");
  EXPECT_FALSE(ask(server, with));
  with.certificate = directory.file("late.pem");
  with.key = directory.file("late.key");
  EXPECT_FALSE(ask(server, with));
}

TEST_F(Tls, SpeaksNothingOlderThan12) {
  const auto context = make_server_context(files);
  ASSERT_TRUE(context);
  EXPECT_EQ(SSL_CTX_get_min_proto_version((*context)->native_handle()), TLS1_2_VERSION);
}

TEST_F(Tls, ReloadsCertificatesWhileAConnectionIsKept) {
  RunningServer server(options(), tell_client);
  const auto standing = make_client(*clock, *pool);
  const auto before = ask(*standing, server, trust());
  ASSERT_TRUE(before) << before.error().what;

  Identity({"renewed"}, &other_authority).write(files.certificate, files.key);
  const auto reloaded = server.on_river([](Server& inner) { return inner.reload_certificates(); });
  ASSERT_TRUE(reloaded) << reloaded.error().what;

  const auto after = ask(*standing, server, trust());
  ASSERT_TRUE(after) << after.error().what;
  EXPECT_EQ(after->body, before->body);  // the same connection, port and all
  EXPECT_FALSE(ask(server, trust()));
  EXPECT_TRUE(ask(server, trust("other-ca.pem")));
}

TEST_F(Tls, ARefusedReloadKeepsTheOldCertificateAndSaysWhy) {
  RunningServer server(options(), tell_client);
  const auto reload = [&] {
    return server.on_river([](Server& inner) { return inner.reload_certificates(); });
  };
  Identity({"server"}, &authority).write(directory.file("x.pem"), files.key);  // another's key
  EXPECT_EQ(reload().error().what,
            "cannot use the key " + files.key + ": it does not belong to the certificate");
  std::ofstream(files.certificate) << "rubbish";
  EXPECT_EQ(reload().error().what,
            "cannot use the certificate " + files.certificate + ": nothing in PEM form is in it");
  Identity({"server", false, -20, -10}, &authority).write(files.certificate, files.key);
  EXPECT_THAT(reload().error().what, HasSubstr(files.certificate + ": it ended at 2"));
  std::filesystem::remove(files.certificate);
  EXPECT_EQ(reload().error().what,
            "cannot read the certificate " + files.certificate + ": No such file or directory");
  EXPECT_TRUE(ask(server, trust()));
}

TEST_F(Tls, WhoSpeaksPlainHttpToItIsHungUpOn) {
  const RunningServer server(options(), tell_client);
  RawPeer peer(server.address());
  peer.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  (void)peer.read_to_end();  // an alert or nothing, but an end
  RawPeer silent(server.address());
  EXPECT_TRUE(ask(server, trust()));  // and nobody else is held up
}

TEST_F(Tls, ClientFilesThatChangedAreReadAgain) {
  TrustStore store;
  const auto first = store.context_for(trust());
  ASSERT_TRUE(first);
  EXPECT_EQ(*store.context_for(trust()), *first);
  std::filesystem::last_write_time(directory.file("ca.pem"),
                                   std::filesystem::file_time_type::clock::now() + 1h);
  EXPECT_NE(*store.context_for(trust()), *first);
}

TEST_F(Tls, AtTheLimitANewcomerIsHungUpOnAndAnIdleOneMakesRoom) {
  std::atomic<bool> busy = false, released = false;
  const Handler slow = [&](const Call&) -> core::Task<Response> {
    busy = true;
    while (!released) co_await clock->sleep(1ms);
    co_return Response();
  };
  ServerOptions limited = options();
  limited.limits.connections = 1;
  const RunningServer server(std::move(limited), slow);
  std::optional<core::Outcome<Response>> first;
  auto asking = std::async(std::launch::async, [&] {
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto client = make_client(*clock, *pool);
      Request request;
      request.url = "https://" + server.address() + "/";
      request.tls = trust();
      first = co_await client->ask(request, 20s);
      released = true;
    });
  });
  while (!busy) ::usleep(1000);
  const auto began = clock->now();
  const auto turned_away = ask(server, trust());
  EXPECT_FALSE(turned_away) << "one is busy, and one is the limit";
  EXPECT_LT(clock->now() - began, 4s) << "it is told at once, not left to its own deadline";
  EXPECT_EQ(server.log.count("turned away"), 1u);
  released = true;
  asking.wait();
  ASSERT_TRUE(first && *first);
  core::Outcome<Response> later = ask(server, trust());
  for (int attempt = 0; attempt < 100 && !later; ++attempt) later = ask(server, trust());
  EXPECT_TRUE(later) << later.error().what;
}

TEST_F(Tls, WhoNeverShakesHandsHoldsItsPlaceOnlyForAWhile) {
  ServerOptions limited = options();
  limited.limits.connections = 1;
  limited.limits.header_time = 300ms;
  const RunningServer server(std::move(limited), tell_client);
  RawPeer silent(server.address());
  EXPECT_EQ(silent.read_to_end(), "") << "hung up on, without a word";
  core::Outcome<Response> later = ask(server, trust());
  for (int attempt = 0; attempt < 100 && !later; ++attempt) later = ask(server, trust());
  EXPECT_TRUE(later) << later.error().what;
}
