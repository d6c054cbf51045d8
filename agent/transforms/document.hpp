// The document that stands for one log record at every sink: one line of JSON, fields named as the Elastic
// Common Schema names them. What is the same for every record of a service is put together once.
//   {"@timestamp":"…","log.level":"info","message":"…", …the line's own fields…,
//    "service.name":"…",…,"stream":"stdout","log.generation":3,"log.offset":1042}
#pragma once

#include "agent/core/resource.hpp"
#include "agent/telemetry/record.hpp"
#include "agent/transforms/json_scan.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::transforms {

class DocumentWriter {
 public:
  explicit DocumentWriter(const core::Resource& resource);

  // `message` is a JSON string with its quotes, as the line had it, or plain text.
  struct Message {
    std::string_view text;
    bool raw = false;
  };

  // `own` are the line's other fields; one that the document sets itself is kept as "original.<name>", but a
  // line's own service.* and host.name win over ours.
  void write(std::string& out, const telemetry::Record& record, std::string_view stream, Message message,
             std::span<const Member> own) const;

 private:
  struct Constant {
    std::string_view key;
    std::string text;  // ,"service.name":"tests-api"
  };
  std::vector<Constant> constants_;
};

// "child output" → "stdout", "child errors" → "stderr", else the name itself.
std::string_view stream_field(std::string_view stream);

// RFC 3339 ("2026-11-21T11:26:03.512Z", any offset, space or T, comma or point), or seconds, milliseconds,
// microseconds or nanoseconds since 1970 by their size. Nothing when it is none of these.
std::optional<core::WallTime> read_time(std::string_view text);

// RFC 3339 in UTC with as many digits after the second as the time has: 3, 6 or 9.
void append_time(std::string& out, core::WallTime time);

}  // namespace outrider::transforms
