#include "agent/os/random.hpp"

#include <random>

namespace outrider::os {
namespace {

// SplitMix64: eight bytes of state where std::mt19937_64 keeps 2.5 KiB. Not for secrets.
class SplitMix final : public core::Random {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() override {
    std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace

std::unique_ptr<core::Random> make_random() {
  std::random_device entropy;
  const std::uint64_t high = entropy();
  return make_seeded_random((high << 32) | entropy());
}

std::unique_ptr<core::Random> make_seeded_random(std::uint64_t seed) {
  return std::make_unique<SplitMix>(seed);
}

}  // namespace outrider::os
