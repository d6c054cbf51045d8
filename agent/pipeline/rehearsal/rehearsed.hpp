// What came of a user's test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace outrider::pipeline {

// What is not as expected of one record, or of the whole test.
struct Difference {
  std::uint32_t line = 0;          // where it was expected; 0: nowhere
  std::size_t record = 0;          // which that came, from 1
  std::vector<std::string> said;   // sentences
  std::string document;            // that came; may be empty
  std::vector<std::string> steps;  // what was done to it
};

struct Rehearsed {
  std::string name;
  std::vector<Difference> differences;  // none: as expected
  std::size_t records = 0;
};

}  // namespace outrider::pipeline
