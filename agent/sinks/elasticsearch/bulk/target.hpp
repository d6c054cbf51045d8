// Where records go: into a data stream, or into an index whose name is made from the record's time.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <string>
#include <string_view>

namespace outrider::sinks::elasticsearch {

struct Target {
  std::string data_stream;  // one of the two is empty
  std::string index;        // "logs-tests-%Y.%m.%d"

  bool is_stream() const { return !data_stream.empty(); }
  const std::string& text() const { return is_stream() ? data_stream : index; }
};

// Whether the server would take it as a name; %Y %m %d %H are allowed where `with_times`.
core::Outcome<> check_name(std::string_view name, bool with_times);

// Names of indices by time (UTC). Remembers the last one: neighbours share it.
class IndexName {
 public:
  explicit IndexName(std::string_view pattern);

  const std::string& at(core::WallTime time);

 private:
  std::string pattern_;
  bool dated_;
  std::chrono::sys_time<std::chrono::hours> hour_{};
  std::string name_;
};

}  // namespace outrider::sinks::elasticsearch
