#include "agent/sources/shelf.hpp"

#include "agent/config/load.hpp"

#include <string>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources;

TEST(SourceShelf, ReadsItsKeys) {
  Shelf shelf;
  fill(shelf);
  ASSERT_EQ(shelf.logs().size(), 5u) << "child, file, journald, otlp, syslog";
  ASSERT_EQ(shelf.metrics().size(), 10u)
      << "… haproxy, host, nginx, pgbouncer, postgres, process, redis, scrape, statsd";
  ASSERT_EQ(shelf.heard().size(), 1u) << "otlp";
  const auto scrape = shelf.metrics()[8].kind;
  const auto good = config::load_text(
      "t", "[{url: 'http://h/metrics', every: 10s, timeout: 2s, labels: {team: core}}]", scrape);
  EXPECT_TRUE(good);
  for (const char* bad : {"{every: 10s}", "{url: 'ftp://h'}", "{url: 'http://h', every: 1s, timeout: 2s}",
                          "{url: 'http://h', sample_limit: 0}", "{url: 'http://h', labels: {'a-b': c}}"}) {
    EXPECT_FALSE(config::load_text("t", "[" + std::string(bad) + "]", scrape)) << bad;
  }
  EXPECT_TRUE(config::load_text("t", "errors", shelf.logs()[0].kind));
  EXPECT_FALSE(config::load_text("t", "both", shelf.logs()[0].kind));
}
