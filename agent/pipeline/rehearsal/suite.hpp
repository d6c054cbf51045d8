// A user's own tests of his logs section, as they are written:
//   config: outrider.yaml                       # beside this file; or the section itself: logs: {…}
//   tests:
//     - name: addresses are taken out
//       input: ['{"level":"warn","msg":"to bob@example.com"}']
//       answers: [400]
//       expect: [{document: {message: "to [redacted:email]"}, absent: [password], parked: simulated}]
#pragma once

#include "agent/config/kind.hpp"
#include "agent/pipeline/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// What must come of one record, in the order in which they come.
struct Expected {
  std::uint32_t line = 0;  // of the file
  NamedTexts document;     // fields that it has, others may be there, too
  NamedTexts matches;      // fields, and what RE2 must find in them
  std::vector<std::string> absent;
  std::string dropped;     // "filtered": a step lets it go no further
  std::string becomes;     // "delivered", once a destination has answered
  std::string parked;      // a part of the answer for which it is
  std::int64_t tries = 0;  // how often it was sent; 0: it does not matter
};

struct Test {
  std::string name;
  std::int64_t source = 1;  // which element of logs.read
  std::vector<std::string> input;
  std::string input_file;  // instead
  std::vector<std::vector<std::int64_t>>
      answers;  // of Elasticsearch, for each record that gets there: in turn
  std::vector<Expected> expect;
};

struct Suite {
  std::string config;  // a path; empty: it has the section itself
  std::optional<LogSettings> logs;
  std::vector<Test> tests;
};

config::Kind<Suite> suite_kind();

}  // namespace outrider::pipeline
