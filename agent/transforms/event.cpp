#include "agent/transforms/event.hpp"

#include <utility>

namespace outrider::transforms {

void Event::begin(const telemetry::Record& next, std::string_view from, std::string_view said_on) {
  record = next;
  stream = from;
  channel = said_on;
  line = next.text;
  message = {};
  message_is_json = false;
  message_name = {};
  own.clear();
  escaped = true;
  special = true;
  named_elsewhere = false;
  renamed.clear();
  to = nullptr;
  problem = {};
  used_ = 0;
}

void Event::take_as_text(std::string_view why) {
  own.clear();
  message = line;
  message_is_json = false;
  problem = why;
}

std::string& Event::scratch() {
  if (used_ == scratches_.size()) scratches_.emplace_back();
  std::string& next = scratches_[used_++];
  // One long line must not make this large for ever.
  if (next.capacity() > (1u << 16)) std::string().swap(next);
  next.clear();
  return next;
}

void Event::note(std::string_view by, std::string what) const {
  if (notes != nullptr) notes->push_back({std::string(by), std::move(what)});
}

}  // namespace outrider::transforms
