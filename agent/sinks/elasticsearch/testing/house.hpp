// What the tests of this entry share: a sink with everything around it, in virtual time, before a cluster in
// memory.
#pragma once

#include "agent/sinks/elasticsearch/elasticsearch.hpp"
#include "agent/sinks/elasticsearch/testing/fake_cluster.hpp"
#include "agent/sinks/elasticsearch/testing/scripts.hpp"
#include "agent/sinks/testing.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace outrider::sinks::elasticsearch::testing {

inline telemetry::BatchPointer batch_of(std::size_t records, std::uint64_t first = 0, std::size_t bytes = 60,
                                        std::uint32_t began_seconds = 2'000'000'000) {
  auto batch = std::make_shared<telemetry::Batch>();
  telemetry::Shelter shelter;
  for (std::size_t i = 0; i < records; ++i) {
    telemetry::Record record;
    std::string text = fmt::format(R"({{"@timestamp":"2026-11-28T00:00:00Z","message":"{:06}")", first + i);
    text.resize(std::max(text.size(), bytes - 1), ' ');
    record.text = shelter.keep(text + "}", batch->chunks);
    record.bytes = 100;
    record.origin = {1, began_seconds, 77, (first + i) * 100};
    record.time = core::WallTime(std::chrono::seconds(1'700'000'000));
    batch->records.push_back(record);
  }
  return batch;
}

struct House : sinks::testing::House {
  FakeCluster cluster{clock};
  Tools here{clock, *pool, files, log, registry, cluster, *random, streams};
  Settings settings;
  std::unique_ptr<Sink> sink;

  House() {
    settings.urls = {"http://a:9200"};
    settings.target.data_stream = "logs-tests-school";
  }

  core::Outcome<Receipt> deliver(std::vector<telemetry::BatchPointer> batches) {
    if (!sink) sink = make(here, settings);
    begin(*sink, std::move(batches));
    clock.settle();
    while (!outcome) clock.advance(std::chrono::milliseconds(5));
    return std::move(*outcome);
  }
};

inline std::uint64_t duplicates_in(const Receipt& receipt) {
  std::uint64_t all = 0;
  for (const Duplicates& of : receipt.duplicates) all += of.records;
  return all;
}

}  // namespace outrider::sinks::elasticsearch::testing
