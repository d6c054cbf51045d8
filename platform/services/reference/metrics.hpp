// What the service counts, and how Prometheus reads it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace notation {

class Metrics {
 public:
  // `route` is one of a handful of known paths, never what a client happened to type.
  void count(const std::string& route, int status, std::chrono::nanoseconds took);
  void set_sick(bool sick);
  void set_leaked(std::uint64_t bytes);

  std::string render() const;

 private:
  static constexpr std::array<double, 8> bounds_{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::array<std::uint64_t, bounds_.size() + 1> buckets_{};
  double seconds_ = 0;
  bool sick_ = false;
  std::uint64_t leaked_ = 0;
};

}  // namespace notation
