#include "agent/config/load.hpp"
#include "agent/sinks/elasticsearch/testing/house.hpp"
#include "agent/sinks/shelf.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using ::testing::HasSubstr;

namespace {

auto read(const std::string& text, config::Environment environment = config::empty_environment()) {
  sinks::Shelf shelf;
  sinks::fill(shelf);
  const auto entry = std::ranges::find(shelf.entries(), "elasticsearch", &sinks::Entry::name);
  return config::load_text("t", text, entry->kind, std::move(environment));
}

}  // namespace

TEST(ElasticsearchEntry, ReadsItsKeys) {
  for (const char* good : {"{urls: ['https://es:9200'], data_stream: logs-tests-school}",
                           "{urls: ['http://a', 'http://b/es/'], index: 'logs-%Y.%m.%d', gzip: false, "
                           "request: 1MiB, requests: 2}",
                           "{urls: ['https://es:9200'], data_stream: a, tls: {authority: /ca.pem}, timeout: "
                           "5s, buffer: 1MiB}"}) {
    EXPECT_TRUE(read(good)) << good;
  }
}

TEST(ElasticsearchEntry, RefusesWhatCannotBeMeant) {
  for (const char* bad :
       {"{data_stream: a}", "{urls: [], data_stream: a}", "{urls: ['http://a']}",
        "{urls: ['http://a'], data_stream: a, index: b}", "{urls: ['http://a'], data_stream: Logs}",
        "{urls: ['http://a'], data_stream: 'a-%Y'}", "{urls: ['http://a'], index: 'a-%j'}",
        "{urls: ['http://a'], data_stream: a, user: u}", "{urls: ['http://a?x=1'], data_stream: a}",
        "{urls: ['http://a'], data_stream: a, tls: {authority: /ca.pem}}",
        "{urls: ['https://a'], data_stream: a, tls: {key: /k.pem}}",
        "{urls: ['http://u:p@a'], data_stream: a}", "{urls: ['ftp://a'], data_stream: a}",
        "{urls: ['http://a'], data_stream: a, requests: 0}",
        "{urls: ['http://a'], data_stream: a, password: secret}"}) {
    EXPECT_FALSE(read(bad)) << bad;
  }
}

TEST(ElasticsearchEntry, UserAndPasswordOrAnApiKeyBecomeTheHeaderThatIsSent) {
  config::Environment environment = config::empty_environment();
  environment.read_file = [](const std::string& path, std::uint64_t) -> core::Outcome<std::string> {
    return path == "/key" ? "id:key\n" : "Aladdin's\n";
  };
  const auto sent = [&](const std::string& login) {
    sinks::elasticsearch::testing::House house;
    const auto plan =
        read("{urls: ['http://a:9200'], data_stream: logs-tests-school, " + login + "}", environment);
    EXPECT_TRUE(plan) << login;
    house.sink = plan.value->make(house.here);
    EXPECT_TRUE(house.deliver({sinks::elasticsearch::testing::batch_of(1)}));
    return std::string(net::header(house.cluster.seen[0].headers, "authorization"));
  };
  EXPECT_EQ(sent("user: u, password: {file: /password}"), "Basic dTpBbGFkZGluJ3M=");
  EXPECT_EQ(sent("api_key: {file: /key}"), "ApiKey aWQ6a2V5");
  EXPECT_EQ(sent("gzip: false"), "");
}

TEST(ElasticsearchEntry, PacksForAnotherMachineAndNotForThisOneUnlessToldTo) {
  const auto coding = [](const std::string& keys) {
    sinks::elasticsearch::testing::House house;
    const auto plan = read("{data_stream: logs-tests-school, " + keys + "}");
    EXPECT_TRUE(plan) << keys;
    house.sink = plan.value->make(house.here);
    EXPECT_TRUE(house.deliver({sinks::elasticsearch::testing::batch_of(1)}));
    return std::string(net::header(house.cluster.seen[0].headers, "content-encoding"));
  };
  EXPECT_EQ(coding("urls: ['http://127.0.0.1:9200']"), "");
  EXPECT_EQ(coding("urls: ['http://es.example:9200']"), "gzip");
  EXPECT_EQ(coding("urls: ['http://127.0.0.1:9200'], gzip: true"), "gzip");
}
