#include "agent/transforms/text/text.hpp"

#include "agent/transforms/document.hpp"

namespace outrider::transforms::text {
namespace {

class TextTransform final : public Transform {
 public:
  explicit TextTransform(const core::Resource& resource) : writer_(resource) {}

  void apply(telemetry::Batch& batch) override {
    std::vector<telemetry::ChunkPointer> kept;
    for (telemetry::Record& record : batch.records) {
      document_.clear();
      writer_.write(document_, record, batch.stream, {record.text, false}, {});
      record.text = shelter_.keep(document_, kept);
    }
    batch.chunks = std::move(kept);
  }

 private:
  DocumentWriter writer_;
  telemetry::Shelter shelter_;
  std::string document_;
};

}  // namespace

std::unique_ptr<Transform> make(const core::Resource& resource) {
  return std::make_unique<TextTransform>(resource);
}

}  // namespace outrider::transforms::text
