#include "agent/kube/events.hpp"

#include "agent/kube/json.hpp"

#include <cstddef>
#include <utility>

namespace outrider::kube {
namespace {

// An object has 1.5 MiB at most in etcd, and its event a little more.
constexpr std::size_t most_line_bytes = 2 * 1024 * 1024;
constexpr std::int64_t gone = 410;

}  // namespace

bool Events::feed(std::string_view part) {
  while (heard_ == Heard::nothing && !part.empty()) {
    const std::size_t end = part.find('\n');
    const std::string_view piece = part.substr(0, end);
    if (line_.size() + piece.size() > most_line_bytes) {
      broke("a watch's event is without an end");
      break;
    }
    line_ += piece;
    if (end == std::string_view::npos) break;
    part.remove_prefix(end + 1);
    const std::string whole = std::exchange(line_, std::string());
    if (!whole.empty()) take(whole);
  }
  return heard_ == Heard::nothing;
}

void Events::take(std::string_view line) {
  const auto event = read_object(line);
  const std::string type = event ? text_in(*event, "type") : std::string();
  if (type.empty()) {
    broke("what a watch says is not what its API says");
    return;
  }
  const auto& object = object_in(*event, "object");
  if (type == "ERROR") {
    if (number_in(object, "code") == gone)
      heard_ = Heard::too_old;
    else
      broke("a watch ended: " + text_in(object, "message"));
    return;
  }
  const std::string version = text_in(object_in(object, "metadata"), "resourceVersion");
  if (!version.empty()) version_ = version;
  if (type != "BOOKMARK") heard_ = Heard::news;
}

void Events::broke(std::string why) {
  heard_ = Heard::broken;
  why_ = std::move(why);
}

}  // namespace outrider::kube
