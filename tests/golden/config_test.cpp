// Every broken configuration in tests/golden/config has its exact report beside it. OUTRIDER_REWRITE=1 writes
// the reports anew; the difference is then read in review.
//   x.yaml      what somebody might write
//   x.expected  what they are told
#include "agent/app/settings.hpp"
#include "agent/config/load.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;
using namespace outrider;

const fs::path folder = "tests/golden/config";

std::vector<fs::path> corpus() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The variables and files that the corpus may count on.
config::Environment environment() {
  config::Environment here = config::process_environment();
  here.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "PORT") return "8080";
    if (name == "WORD") return "hello";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  return here;
}

std::string told(const fs::path& path) {
  const auto loaded = config::load_file(path.string(), app::settings_kind(), environment());
  std::string text = loaded.report.text();
  const std::string prefix = folder.string() + "/";  // the corpus may be read from anywhere
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return text;
}

class BrokenConfiguration : public ::testing::TestWithParam<fs::path> {};

TEST_P(BrokenConfiguration, IsToldExactly) {
  const std::string text = told(GetParam());
  EXPECT_FALSE(text.empty()) << "nothing is wrong with it";
  fs::path expected = GetParam();
  expected.replace_extension(".expected");
  if (std::getenv("OUTRIDER_REWRITE") != nullptr) {
    std::ofstream(expected, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, read(expected));
}

std::string name_of(const ::testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, BrokenConfiguration, ::testing::ValuesIn(corpus()), name_of);

}  // namespace

TEST(Corpus, HasAtLeastSixtyFilesAndNoReportWithoutOne) {
  EXPECT_GE(corpus().size(), 60u);
  for (const auto& entry : fs::directory_iterator(folder)) {
    fs::path source = entry.path();
    if (source.extension() != ".expected") continue;
    EXPECT_TRUE(fs::exists(source.replace_extension(".yaml"))) << entry.path();
  }
}

// A message that came of nothing in particular helps nobody.
TEST(Corpus, EveryReportNamesAPlaceOrTheFileAndNeverYamlCpp) {
  for (const auto& path : corpus()) {
    const std::string text = told(path);
    EXPECT_TRUE(text.starts_with(path.filename().string() + ":")) << path;
    EXPECT_EQ(text.find("it is not YAML:"), std::string::npos) << text;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << "a secret was shown: " << text;
  }
}
