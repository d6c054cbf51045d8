// For tests of commands: one is typed, and this is what it prints and ends with.
#pragma once

#include "agent/cli/cli.hpp"

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace outrider::cli {

class TypedCommand : public ::testing::Test {
 protected:
  // The words behind `outrider`. What was printed before is forgotten.
  int outrider(std::vector<std::string> words) {
    words.insert(words.begin(), "outrider");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    out_.str("");
    err_.str("");
    Terminal terminal(
        out_, err_,
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = environment_.find(name);
          return found == environment_.end() ? std::nullopt : std::optional(found->second);
        },
        false);
    return run(static_cast<int>(argv.size()), argv.data(), actions_, terminal);
  }

  Actions actions_;
  std::map<std::string, std::string> environment_;
  std::ostringstream out_, err_;
};

}  // namespace outrider::cli
