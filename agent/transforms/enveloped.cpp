#include "agent/transforms/enveloped.hpp"

#include "agent/telemetry/envelope.hpp"

namespace outrider::transforms {
namespace {

class Enveloped final : public Wrapper {
 public:
  // A line without an envelope is a message of which nothing more is known, as in `outrider explain`.
  bool unwrap(std::string_view line, Inside& inside) override {
    const auto envelope = telemetry::open_envelope(line);
    if (!envelope) {
      inside.text = line;
      return true;
    }
    inside.text = envelope->text;
    inside.partial = envelope->partial;
    inside.writer = envelope->writer;
    inside.fields = envelope->fields;
    return true;
  }

  std::string_view problem() const override { return "it is not written as its source writes"; }
};

}  // namespace

std::unique_ptr<Wrapper> make_enveloped() { return std::make_unique<Enveloped>(); }

}  // namespace outrider::transforms
