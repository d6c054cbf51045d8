// For the tests of transforms: lines in, documents out.
#pragma once

#include "agent/config/load.hpp"
#include "agent/transforms/chain.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/registry.h>

namespace outrider::transforms::testing {

inline core::Resource tests_api() {
  core::Resource resource;
  resource.service = "tests-api";
  return resource;
}

// A chain and what it needs to live.
class Flow {
 public:
  explicit Flow(ChainPlan plan, core::Resource resource = tests_api())
      : resource_(std::move(resource)), chain_(Tools{resource_, registry_}, plan) {}

  // One line, all by itself.
  std::string operator()(std::string_view line, std::uint8_t marks = 0) {
    const std::vector<std::string> out = lines({line}, marks);
    return out.empty() ? "" : out[0];
  }

  std::vector<std::string> lines(const std::vector<std::string_view>& all, std::uint8_t marks = 0,
                                 std::string_view stream = "child output") {
    telemetry::Batch batch;
    batch.stream = stream;
    for (const std::string_view line : all) {
      telemetry::Record record;
      record.text = line;
      record.bytes = line.size() + 1;
      record.origin = {.generation = 3, .offset = offset_};
      record.time = core::WallTime(std::chrono::milliseconds(1795260363512));
      record.marks = marks;
      offset_ += record.bytes;
      batch.records.push_back(record);
    }
    chain_.apply(batch, now_);
    return texts(batch);
  }

  std::vector<std::string> after(core::Duration wait) {
    now_ += wait;
    return texts(chain_.due(now_));
  }
  std::vector<std::string> rest() { return texts(chain_.rest()); }

  std::uint64_t bytes = 0;    // of the records that came out
  std::uint64_t records = 0;  // that came out
  std::uint8_t marks = 0;     // of the last one
  ::prometheus::Registry& registry() { return registry_; }
  Chain& chain() { return chain_; }

 private:
  std::vector<std::string> texts(const telemetry::Batch& batch) {
    std::vector<std::string> out;
    for (const telemetry::Record& record : batch.records) {
      out.emplace_back(record.text);
      bytes += record.bytes;
      ++records;
      marks = record.marks;
    }
    return out;
  }
  std::vector<std::string> texts(const std::vector<telemetry::Batch>& batches) {
    std::vector<std::string> out;
    for (const telemetry::Batch& batch : batches) {
      for (std::string& text : texts(batch)) out.push_back(std::move(text));
    }
    return out;
  }

  core::Resource resource_;
  ::prometheus::Registry registry_;
  Chain chain_;
  std::uint64_t offset_ = 42;
  core::Instant now_{};
};

// The value of a key in a document, as it is written there; empty when it is not there.
inline std::string value_in(std::string_view document, std::string_view key) {
  std::vector<Member> members;
  if (!scan_object(document, members)) return "no JSON: " + std::string(document);
  for (const Member& member : members) {
    if (member.key == key) return std::string(member.value);
  }
  return "";
}

inline ChainPlan plan_with(FormatMaker format, WrapperMaker wrapper = nullptr) {
  return {{"test", std::move(wrapper), std::move(format)}, {}, {}};
}

}  // namespace outrider::transforms::testing
