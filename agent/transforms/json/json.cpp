#include "agent/transforms/json/json.hpp"

#include "agent/transforms/fields.hpp"

#include <string>

namespace outrider::transforms::json {
namespace {

class JsonFormat final : public Format {
 public:
  void read(Event& event) override {
    if (telemetry::is_piece(event.record)) return event.take_as_text(too_long);
    if (!scan_object(event.line, event.own, event.escaped))
      return event.take_as_text("it is not one JSON object");
    if (event.escaped) settle_keys(event);
    if (event.notes != nullptr) event.note("json", std::to_string(event.own.size()) + " fields");
    settle_fields(event);
  }

 private:
  // One name has one spelling from here on: "m\u0065ssage" must not stand beside our own "message".
  void settle_keys(Event& event) {
    for (Member& member : event.own) {
      if (member.key.find('\\') == std::string_view::npos) continue;
      const std::string_view quoted(member.key.data() - 1, member.key.size() + 2);
      std::string& key = event.scratch();
      append_escaped(key, string_value(quoted, buffer_));
      member.key = key;
    }
  }

  std::string buffer_;
};

}  // namespace

std::unique_ptr<Format> make() { return std::make_unique<JsonFormat>(); }

}  // namespace outrider::transforms::json
