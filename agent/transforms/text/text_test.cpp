#include "agent/transforms/text/text.hpp"

#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

TEST(Text, TheWholeLineIsTheMessage) {
  Flow run(plan_with(transforms::text::make));
  EXPECT_EQ(run.lines({R"({"level":"info"})"}, 0, "child errors")[0],
            R"({"@timestamp":"2026-11-21T11:26:03.512Z","message":"{\"level\":\"info\"}",)"
            R"("service.name":"tests-api","event.dataset":"tests-api","stream":"stderr","log.generation":3,)"
            R"("log.offset":42})");
}

TEST(Text, ALineOfAFileSaysWhichAndWhoseContainer) {
  Flow run(plan_with(transforms::text::make));
  const std::string id(64, 'a');
  const std::string path = "/var/log/containers/api-" + id + ".log";
  const std::string out = run.lines({"x"}, 0, path)[0];
  EXPECT_EQ(value_in(out, "log.file.path"), '"' + path + '"');
  EXPECT_EQ(value_in(out, "container.id"), '"' + id + '"');
  EXPECT_EQ(value_in(out, "stream"), "") << "a file is no stream";
  EXPECT_EQ(value_in(run.lines({"x"}, 0, "/var/log/" + std::string(65, 'a'))[0], "container.id"), "");
}

TEST(Text, NoLineIsTooStrangeForIt) {
  Flow run(plan_with(transforms::text::make));
  EXPECT_EQ(value_in(run(std::string_view("a\0b", 3)), "message"), R"("a\u0000b")");
  EXPECT_EQ(value_in(run("half", telemetry::mark_cut), "error.message"), "") << "a piece of text is text";
}
