// What the pipeline offers to a sink that sends in portions, and how much of it is out for good. That is
// remembered when the rest of a delivery fails, and not sent again.
#pragma once

#include "agent/sinks/shelf.hpp"
#include "agent/telemetry/record.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace outrider::sinks {

using Records = std::vector<const telemetry::Record*>;

class Offer {
 public:
  // Another offer: perhaps the one before again, with more behind it. What is not in it is forgotten.
  void begin(std::span<const telemetry::BatchPointer> batches);
  // All of it is out: what there is to tell. Nothing is remembered any more.
  Receipt end();

  // The next that are not out, up to either bound, and at least one; none: all are.
  Records next(std::size_t most_records, std::size_t most_bytes) const;
  void sent(std::size_t records);  // so many more are out, in that order
  void refused(std::string why);   // the next one never will be

  std::size_t sent_of(const telemetry::BatchPointer& batch) const;

 private:
  struct Part {
    telemetry::BatchPointer batch;
    std::size_t done = 0;  // sent or refused
    std::vector<Refused> refused;
  };
  std::vector<Part> parts_;
};

}  // namespace outrider::sinks
