#include "agent/net/endpoint.hpp"
#include "agent/net/gzip.hpp"
#include "agent/net/wire/accept.hpp"
#include "agent/net/wire/message.hpp"

#include <array>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace std::chrono_literals;

TEST(Endpoint, IsReadAndWrittenTheSame) {
  for (const std::string text :
       {"127.0.0.1:9464", "[::1]:80", ":9464", "db.internal:5432", "unix:/run/a.sock"}) {
    const auto endpoint = read_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->text(), text);
  }
  EXPECT_EQ(read_endpoint("[::1]:80")->host, "::1");
}

TEST(Endpoint, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(read_endpoint("host").error().what, "cannot use the address host: it has no port");
  EXPECT_EQ(read_endpoint("host:70000").error().what,
            "cannot use the address host:70000: its port is not a number from 0 to 65535");
  EXPECT_EQ(read_endpoint("::1:80").error().hint, "write [::1]:80");
  EXPECT_EQ(read_endpoint("unix:run/a").error().hint, "write unix:/run/name.sock");
  EXPECT_FALSE(read_endpoint("unix:/" + std::string(107, 'x')));
  EXPECT_FALSE(read_endpoint("[a]b]:80"));
}

TEST(Url, IsTakenApart) {
  const auto plain = read_url("http://10.0.0.1:8080/a/b?c=d#e");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->endpoint.text(), "10.0.0.1:8080");
  EXPECT_EQ(plain->target, "/a/b?c=d");
  EXPECT_EQ(plain->host_header, "10.0.0.1:8080");
  const auto bare = read_url("https://[::1]");
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->tls);
  EXPECT_EQ(bare->endpoint.text(), "[::1]:443");
  EXPECT_EQ(bare->target, "/");
  const auto local = read_url("unix:/run/x.sock:/metrics?a");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->endpoint.path, "/run/x.sock");
  EXPECT_EQ(local->target, "/metrics?a");
}

TEST(Url, IsRefusedWithAReason) {
  EXPECT_EQ(read_url("ftp://x/").error().what,
            "cannot use the URL ftp://x/: its scheme is none of http, https, unix");
  EXPECT_FALSE(read_url("not a url"));
  EXPECT_FALSE(read_url("http:///path"));
  const auto secret = read_url("http://me:hunter2@x/");
  EXPECT_EQ(secret.error().what.find("hunter2"), std::string::npos);
}

TEST(Url, NothingInAPathCanEndTheRequestLine) {
  EXPECT_TRUE(read_url("unix:/run/x.sock:/a%20b").has_value());
  for (const std::string_view bad :
       {"unix:/run/x.sock:/a b", "unix:/run/x.sock:/a\r\nHost: b", "http://a/b c"}) {
    EXPECT_FALSE(read_url(bad).has_value()) << bad;
  }
}

TEST(Target, IsDecodedOrRefused) {
  std::string path, query;
  EXPECT_TRUE(split_target("/a%2Fb%20c?x=%20", path, query));
  EXPECT_EQ(path, "/a/b c");
  EXPECT_EQ(query, "x=%20");
  EXPECT_TRUE(split_target("http://host/p?q", path, query));
  EXPECT_EQ(path, "/p");
  EXPECT_FALSE(split_target("/%0", path, query));
  EXPECT_FALSE(split_target("/%00", path, query));
  EXPECT_FALSE(split_target(std::string_view("/\0", 2), path, query));
  EXPECT_FALSE(split_target("relative", path, query));
}

TEST(Accept, GivesWhatIsLikedBest) {
  static constexpr std::array<std::string_view, 2> offers{"text/plain; version=0.0.4",
                                                          "application/openmetrics-text; version=1.0.0"};
  EXPECT_EQ(
      negotiate(
          "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
          "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          offers),
      1u);
  EXPECT_EQ(negotiate("", offers), 0u);
  EXPECT_EQ(negotiate("*/*", offers), 0u);
  EXPECT_EQ(negotiate("application/openmetrics-text;version=0.0.1", offers), std::nullopt);
  EXPECT_EQ(negotiate("text/*;q=0.2, application/openmetrics-text; q=0.3; version=\"1.0.0\"", offers), 1u);
  EXPECT_EQ(negotiate("*/*, text/plain;q=0", offers), 1u);
  EXPECT_EQ(negotiate("image/png", offers), std::nullopt);
}

TEST(Accept, GzipOnlyWhenItIsWanted) {
  EXPECT_TRUE(accepts_encoding("deflate, GZIP;q=0.5", "gzip"));
  EXPECT_TRUE(accepts_encoding("*", "gzip"));
  EXPECT_FALSE(accepts_encoding("gzip;q=0, *", "gzip"));
  EXPECT_FALSE(accepts_encoding("", "gzip"));
}

TEST(Gzip, ComesBackAsItWas) {
  for (const std::size_t size : {0u, 1u, 16'384u, 1'000'000u}) {
    std::string plain(size, 'a');
    for (std::size_t at = 0; at < size; at += 7) plain[at] = static_cast<char>(at * 31);
    EXPECT_EQ(gunzip(gzip(plain), size).value(), plain);
  }
}

TEST(Gzip, IsBoundedAndTellsDamage) {
  const std::string packed = gzip(std::string(1'000'000, 'a'));
  EXPECT_EQ(gunzip(packed, 999'999).error().code, core::Errc::exhausted);
  EXPECT_EQ(gunzip(packed.substr(0, packed.size() - 3), 2'000'000).error().what,
            "cannot unpack: the compressed data is cut short");
  EXPECT_EQ(gunzip("plain text", 100).error().code, core::Errc::corrupt);
  EXPECT_EQ(gunzip("", 100).error().code, core::Errc::corrupt);
}

TEST(Message, DatesAreAsHttpWantsThem) {
  EXPECT_EQ(http_date(core::WallTime(784'111'777s)), "Sun, 06 Nov 1994 08:49:37 GMT");
}
