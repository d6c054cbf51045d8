#include "agent/transforms/text/text.hpp"

namespace outrider::transforms::text {
namespace {

class TextFormat final : public Format {
 public:
  void read(Event& event) override {
    event.take_as_text();
    if (event.notes != nullptr) event.note("text", "the whole line is the message");
  }
};

}  // namespace

std::unique_ptr<Format> make() { return std::make_unique<TextFormat>(); }

}  // namespace outrider::transforms::text
