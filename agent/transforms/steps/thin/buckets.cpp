#include "agent/transforms/steps/thin/buckets.hpp"

#include <algorithm>
#include <chrono>

namespace outrider::transforms::steps {

bool Buckets::take(std::string_view key, core::Instant now) {
  Bucket& bucket = bucket_of(key, now);
  bucket.left = filled(bucket, now);
  bucket.at = std::max(bucket.at, now);
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

Buckets::Bucket& Buckets::bucket_of(std::string_view key, core::Instant now) {
  if (const auto found = buckets_.find(key); found != buckets_.end()) return found->second;
  // Looked through at most once a period: it must not cost each record of a flood of keys.
  if (buckets_.size() >= most_keys && now - swept_ >= per_) forget_full(now);
  if (buckets_.size() >= most_keys) return others_;
  return buckets_.emplace(key, Bucket{records_, now}).first->second;
}

double Buckets::filled(const Bucket& bucket, core::Instant now) const {
  if (now <= bucket.at) return bucket.left;
  const double periods = std::chrono::duration<double>(now - bucket.at) / std::chrono::duration<double>(per_);
  return std::min(records_, bucket.left + periods * records_);
}

// A full bucket and a new one are the same.
void Buckets::forget_full(core::Instant now) {
  std::erase_if(buckets_, [&](const auto& one) { return filled(one.second, now) >= records_; });
  swept_ = now;
}

}  // namespace outrider::transforms::steps
