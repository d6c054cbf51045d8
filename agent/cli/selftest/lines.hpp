// The lines of a self-test: numbered, and told from each other and from what is spoilt by being made again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::cli {

std::string line_of(std::uint64_t seed, std::uint64_t number);

// The number of the line that a document holds; nothing when it holds none, or not as it was written.
std::optional<std::uint64_t> number_in(std::uint64_t seed, std::string_view document);

// How often each line was seen.
class Tally {
 public:
  explicit Tally(std::uint64_t seed) : seed_(seed) {}

  void count(std::string_view text);  // whole lines; what has no end is counted as spoilt

  // The first number that was not seen.
  std::uint64_t complete_until() const;

  struct Verdict {
    std::uint64_t once = 0, spoilt = 0;
    std::vector<std::uint64_t> lost, twice;
  };
  Verdict judge(std::uint64_t written) const;

 private:
  std::uint64_t seed_;
  std::uint64_t spoilt_ = 0;
  std::vector<std::uint32_t> seen_;
};

// "3 to 5, 9 and 12 more"
std::string show_numbers(const std::vector<std::uint64_t>& numbers);

}  // namespace outrider::cli
