#include "agent/sinks/shelf.hpp"

#include "agent/config/load.hpp"

#include <algorithm>

#include <gtest/gtest.h>

using namespace outrider;

namespace {

std::optional<sinks::Plan> read(std::string_view name, const std::string& yaml) {
  sinks::Shelf shelf;
  sinks::fill(shelf);
  const auto entry = std::ranges::find(shelf.entries(), name, &sinks::Entry::name);
  if (entry == shelf.entries().end()) return std::nullopt;
  return config::load_text("t", yaml, entry->kind).value;
}

}  // namespace

TEST(SinkShelf, ReadsTheKeysOfAFile) {
  const auto plan = read("file", "{path: /x.log, sync: 5s, buffer: 1MiB, when_full: drop_newest}");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->buffer_bytes, 1u << 20);
  EXPECT_EQ(plan->when_full, sinks::WhenFull::drop_newest);
  EXPECT_EQ(plan->writes, std::vector<std::string>{"/x.log"});
  for (const char* good : {"{path: /x, sync: never}", "{path: /x, sync: each_batch, keep: 0}"}) {
    EXPECT_TRUE(read("file", good)) << good;
  }
  for (const char* bad : {"{}", "{path: x.log}", "{path: /x, sync: often}", "{path: /x, when_full: block}",
                          "{path: /x, buffer: 1}"}) {
    EXPECT_FALSE(read("file", bad)) << bad;
  }
}

TEST(SinkShelf, ReadsTheKeysOfLogstash) {
  const auto plan =
      read("logstash", R"({hosts: ["a:5044", "b:5044"], buffer: 1MiB, when_full: drop_newest})");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->buffer_bytes, 1u << 20);
  EXPECT_EQ(plan->when_full, sinks::WhenFull::drop_newest);
  for (
      const char* good :
      {R"({hosts: ["a:1"], tls: {}})", R"({hosts: ["[::1]:1"], compress: 0, window: 1, timeout: 1s})",
       R"({hosts: ["a:1"], tls: {authority: /a, certificate: /b, key: /c, server_name: x, verify: false}})"}) {
    EXPECT_TRUE(read("logstash", good)) << good;
  }
  for (const char* bad :
       {"{}", "{hosts: []}", "{hosts: [a]}", R"({hosts: ["a:1"], compress: 10})",
        R"({hosts: ["a:1"], window: 0})", R"({hosts: ["a:1"], tls: {certificate: /b}})",
        R"({hosts: ["a:1"], tls: {authority: ca.pem}})", R"({hosts: ["a:1"], timeout: 10m, patience: 1m})"}) {
    EXPECT_FALSE(read("logstash", bad)) << bad;
  }
}

TEST(SinkShelf, ReadsTheKeysOfHttp) {
  const auto plan = read("http", R"({url: "https://a/in", buffer: 1MiB, when_full: drop_newest})");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->buffer_bytes, 1u << 20);
  for (const char* good :
       {R"({url: "http://a"})", R"({url: "https://a", tls: {}, gzip: true, method: PUT, batch_bytes: 1KiB})",
        R"({url: "http://a", headers: {X-A: b, X-B: {env: HOME}}})",
        R"({url: "http://a", bearer: {env: HOME}})",
        R"({url: "http://a", user: u, password: {env: HOME}})"}) {
    EXPECT_TRUE(read("http", good)) << good;
  }
  for (const char* bad :
       {"{}", "{url: a}", R"({url: "ftp://a"})", R"({url: "http://a", tls: {}})",
        R"({url: "http://a", user: u})", R"({url: "http://a", bearer: t})",
        R"({url: "http://a", headers: {"X A": b}})", R"({url: "http://a", headers: {X-A: "b\r\nX-C: d"}})",
        R"({url: "http://a", method: GET})", R"({url: "http://a", user: "a:b", password: {env: HOME}})",
        R"({url: "http://a", user: a, password: {env: HOME}, bearer: {env: HOME}})"}) {
    EXPECT_FALSE(read("http", bad)) << bad;
  }
}
