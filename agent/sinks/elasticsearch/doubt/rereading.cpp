#include "agent/sinks/elasticsearch/doubt/rereading.hpp"

namespace outrider::sinks::elasticsearch {
namespace {

// Beyond so many streams, those that are not known stay in doubt: that costs requests, not memory.
constexpr std::size_t most_streams = 16 * 1024;

}  // namespace

bool Rereading::may_have_been_sent(const telemetry::Record& record) {
  const telemetry::Origin& origin = record.origin;
  if (origin.began_seconds > started_seconds_ || origin.stream == free_stream_) return false;
  const auto known = new_bytes_.find(origin.stream);
  if (known == new_bytes_.end() || known->second < most_offered_bytes_) return true;
  free_stream_ = origin.stream;
  return false;
}

void Rereading::was_new(const telemetry::Record& record) {
  if (!may_have_been_sent(record)) return;
  const auto known = new_bytes_.find(record.origin.stream);
  if (known != new_bytes_.end()) {
    known->second += record.bytes;
  } else if (new_bytes_.size() < most_streams) {
    new_bytes_.emplace(record.origin.stream, record.bytes);
  }
}

void Rereading::was_there(const telemetry::Record& record) {
  if (!may_have_been_sent(record)) return;
  const auto known = new_bytes_.find(record.origin.stream);
  if (known != new_bytes_.end()) known->second = 0;
}

}  // namespace outrider::sinks::elasticsearch
