#include "agent/transforms/text/text.hpp"

#include <gtest/gtest.h>

using namespace outrider;

TEST(Text, TheWholeLineIsTheMessage) {
  core::Resource resource;
  resource.service = "tests-api";
  const auto transform = transforms::text::make(resource);
  telemetry::Batch batch;
  batch.stream = "child errors";
  telemetry::Record record;
  record.text = R"({"level":"info"})";
  record.origin = {3, 42};
  record.time = core::WallTime(std::chrono::milliseconds(1795260363512));
  batch.records.push_back(record);
  transform->apply(batch);
  EXPECT_EQ(batch.records[0].text,
            R"({"@timestamp":"2026-11-21T11:26:03.512Z","message":"{\"level\":\"info\"}",)"
            R"("service.name":"tests-api","stream":"stderr","log.generation":3,"log.offset":42})");
}
