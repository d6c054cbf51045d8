// How many records of each key have gone on lately. A bucket holds what one period allows and fills evenly,
// so that a burst of one period's worth passes at once. Bounded: keys beyond the bound share one bucket.
#pragma once

#include "agent/core/clock.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace outrider::transforms::steps {

class Buckets {
 public:
  static constexpr std::size_t most_keys = 10'000;

  Buckets(double records, core::Duration per) : records_(records), per_(per) {}

  // Whether one more of this key may go on.
  bool take(std::string_view key, core::Instant now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    double left;
    core::Instant at;
  };

  Bucket& bucket_of(std::string_view key, core::Instant now);
  double filled(const Bucket& bucket, core::Instant now) const;
  void forget_full(core::Instant now);

  double records_;
  core::Duration per_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  Bucket others_{records_, {}};
  core::Instant swept_{};
};

}  // namespace outrider::transforms::steps
