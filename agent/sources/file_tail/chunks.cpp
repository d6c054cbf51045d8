#include "agent/sources/file_tail/chunks.hpp"

#include <atomic>

namespace outrider::sources::file_tail {
namespace {

constexpr std::size_t small_chunk = 64 * 1024;
constexpr std::size_t large_chunk = 256 * 1024;
constexpr std::size_t most_kept = 4;

}  // namespace

telemetry::ChunkPointer Chunks::take(std::size_t bytes) {
  if (bytes <= small_chunk / 4) {
    if (!small_ || small_->room() < bytes) small_ = std::make_shared<telemetry::Chunk>(small_chunk);
    return small_;
  }
  if (bytes > large_chunk) return std::make_shared<telemetry::Chunk>(bytes);
  for (const telemetry::ChunkPointer& kept : large_) {
    if (kept.use_count() > 1) continue;
    std::atomic_thread_fence(std::memory_order_acquire);  // its last reader may have been another thread
    kept->clear();
    return kept;
  }
  auto fresh = std::make_shared<telemetry::Chunk>(large_chunk);
  if (large_.size() < most_kept) large_.push_back(fresh);
  return fresh;
}

void Chunks::release() {
  small_.reset();
  large_.clear();
}

}  // namespace outrider::sources::file_tail
