// Gives every target every file of its corpus again, once a run, under whatever compiler and sanitizer the
// build has: what fuzzing found stays found.
#include "tests/fuzz/table.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace outrider::fuzz {
namespace {

std::vector<std::filesystem::path> files_in(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(directory)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class Replay : public testing::TestWithParam<Target> {};

}  // namespace

TEST_P(Replay, KeepsItsPromisesForEveryFileOfItsCorpus) {
  const Target& target = GetParam();
  auto files = files_in(std::string("tests/fuzz/corpus/") + target.name);  // tests run at the top
  ASSERT_FALSE(files.empty()) << "a target needs a corpus to start from";
  if (std::string_view(target.name) == "config") {
    std::ranges::move(files_in("tests/golden/config"), std::back_inserter(files));
  }
  target.read({});
  for (const auto& file : files) {
    std::cout << file.string() << std::endl;  // the last one named is the one that ended the process
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    target.read(bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn(targets),
                         [](const auto& given) { return std::string(given.param.name); });

}  // namespace outrider::fuzz
