// The body of a _bulk request, written straight from the records: an action line, then the document.
//   {"create":{"_id":"AAECAwQFBgcICQoLDA0O"}}
//   {"@timestamp":"…",…}
#pragma once

#include "agent/sinks/elasticsearch/bulk/target.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <string>

namespace outrider::sinks::elasticsearch {

class BulkBody {
 public:
  // Appends to `text`.
  BulkBody(const Target& target, std::string& text);

  void add(const telemetry::Record& record);

  // What a record adds to the body, but for the name of a dated index.
  static std::uint64_t bytes_of(const telemetry::Record& record);

 private:
  bool is_stream_;
  IndexName index_;
  std::string& text_;
};

// "/logs-tests-school/_bulk?filter_path=…&timeout=20s": it is to say why it cannot, within the patience of
// who asks. (An index that it makes by itself is waited for 30 s all the same.)
std::string bulk_path(const Target& target, core::Duration patience);

}  // namespace outrider::sinks::elasticsearch
