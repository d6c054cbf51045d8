// The document that stands for one log record at every sink: one line of JSON, fields named as the Elastic
// Common Schema names them. What is the same for every record of a service is put together once.
//   {"@timestamp":"…","log.level":"info","message":"…","error.message":"…", …the line's own fields…,
//    "service.name":"…",…,"stream":"stdout","log.generation":3,"log.offset":1042}
#pragma once

#include "agent/core/resource.hpp"
#include "agent/transforms/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outrider::transforms {

class DocumentWriter {
 public:
  explicit DocumentWriter(const core::Resource& resource);

  // A field that the document sets itself is kept as "original.<name>", but a line's own service.*,
  // event.dataset, container.id and host.name win over ours.
  void write(std::string& out, const Event& event);

 private:
  struct Constant {
    std::string text;  // ,"service.name":"tests-api"
    std::uint32_t bit = 0;
  };
  void add(std::string_view key, std::string_view value);
  std::uint32_t write_own(std::string& out, const Event& event) const;
  void write_place(std::string& out, const Event& event, std::uint32_t said);

  std::vector<Constant> constants_;
  Constant all_constants_;  // of nearly every line, in one piece
  std::string file_;        // the stream for which `file_text_` was made
  std::string file_text_;   // ,"log.file.path":"…","container.id":"…"
};

// "child output" → "stdout", "child errors" → "stderr", else the name itself.
std::string_view stream_field(std::string_view stream);

}  // namespace outrider::transforms
