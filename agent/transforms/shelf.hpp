// The shelf of transforms: what happens to records between source and sink. Pure: bytes in, bytes out.
// Those here now are formats (`logs.read[].format`); each turns a line into the document that sinks write.
#pragma once

#include "agent/config/shelf.hpp"
#include "agent/core/resource.hpp"
#include "agent/telemetry/record.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace outrider::transforms {

class Transform {
 public:
  Transform() = default;
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;
  virtual ~Transform() = default;

  // Rewrites the records in place; never drops one and never fails.
  virtual void apply(telemetry::Batch& batch) = 0;
};

using Maker = std::function<std::unique_ptr<Transform>(const core::Resource&)>;

struct Entry {
  std::string_view name;  // {format: json}
  std::string_view help;
  Maker make;
};

using Shelf = config::Shelf<Entry>;

void fill(Shelf& shelf);

}  // namespace outrider::transforms
