#include "agent/transforms/shelf.hpp"

#include <gtest/gtest.h>

using namespace outrider;

namespace {

template <class Entries>
std::vector<std::string_view> names_of(const Entries& entries) {
  std::vector<std::string_view> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

using Names = std::vector<std::string_view>;

}  // namespace

TEST(TransformShelf, HasEachKindInItsPlace) {
  transforms::Shelf shelf;
  transforms::fill(shelf);
  EXPECT_EQ(names_of(shelf.formats()), (Names{"json", "logfmt", "regex", "syslog", "text"}));
  EXPECT_EQ(names_of(shelf.wrappers()), (Names{"cri", "docker_json", "journald", "otlp"}));
  EXPECT_EQ(names_of(shelf.joiners()), (Names{"multiline"}));
  EXPECT_EQ(names_of(shelf.steps()), (Names{"redact", "steps"}));
  for (const auto& entry : shelf.formats()) EXPECT_TRUE(entry.plain || entry.kind) << entry.name;
}
