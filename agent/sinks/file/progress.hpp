// How far each batch has come that does not count as delivered yet: gathered, written, or safe. What is safe
// in a file that was rotated away is not written again when its delivery as a whole failed.
#pragma once

#include "agent/telemetry/record.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace outrider::sinks::file {

class Progress {
 public:
  // How many of its records are written already.
  std::size_t written_of(const telemetry::BatchPointer& batch) const;

  void plan(const telemetry::BatchPointer& batch, std::size_t records);  // gathered, up to so many
  void is_written(std::uint64_t file_length);                            // all that was gathered
  void is_safe(std::uint64_t file_length);                               // all that was written
  void drop_plan();                                                      // what was gathered is not written
  void take_back();                                                      // what was written is not safe
  void forget();                                                         // it counts, or is offered no more

  // Of the file that is being written.
  std::uint64_t written_length() const { return written_length_; }
  std::uint64_t safe_length() const { return safe_length_; }

 private:
  struct Part {
    telemetry::BatchPointer batch;
    std::size_t records = 0;
  };
  using Parts = std::vector<Part>;

  static void raise(Parts& parts, const Part& to);
  static void move_all(Parts& from, Parts& to);

  Parts planned_, written_, safe_;
  std::uint64_t written_length_ = 0, safe_length_ = 0;
};

}  // namespace outrider::sinks::file
