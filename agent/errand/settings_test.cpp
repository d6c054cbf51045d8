#include "agent/errand/settings.hpp"

#include "agent/config/load.hpp"

#include <fstream>

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using testing::HasSubstr;

namespace {

std::string said(const std::string& text) {
  actuators::Shelf shelf;
  actuators::fill(shelf);
  const auto loaded = config::load_text("actuator.yaml", text, errand::settings_kind(shelf));
  return loaded ? "" : loaded.report.text();
}

}  // namespace

TEST(ErrandSettings, AListIsRead) {
  EXPECT_EQ(said("allow: [{name: tests-api, uid: 998, systemd: {unit: tests-api.service}, may: [restart], "
                 "most: 3 per 1h},"
                 " {name: b, uid: 998, docker: {container: b}}]"),
            "");
}

TEST(ErrandSettings, WhatNeedsNoRightsIsNotOffered) {
  EXPECT_THAT(said("allow: [{name: a, uid: 1, child: [/bin/a]}]"), HasSubstr("child"));
  EXPECT_THAT(said("allow: [{name: a, uid: 1, through: {name: a}}]"), HasSubstr("through"));
}

TEST(ErrandSettings, AnEmptyListAndBadNamesAreRefused) {
  EXPECT_NE(said("allow: []"), "");
  EXPECT_NE(said("{}"), "");
  EXPECT_THAT(said("allow: [{name: a/b, uid: 1, systemd: {unit: a.service}}]"),
              HasSubstr("must be of letters"));
  EXPECT_THAT(said("allow: [{name: a, uid: root, systemd: {unit: a.service}}]"), HasSubstr("uid"));
  EXPECT_THAT(said("allow: [{name: a, uid: 1, systemd: {unit: a}}]"), HasSubstr(".service"));
}

TEST(ErrandSettings, TheSameTwiceIsRefused) {
  EXPECT_THAT(
      said("allow: [{name: a, uid: 1, docker: {container: a}}, {name: a, uid: 1, docker: {container: b}}]"),
      HasSubstr("has a twice for user 1"));
}

TEST(ErrandSettings, AListThatOthersMayWriteIsNotTrusted) {
  const std::string path = testing::TempDir() + "/outrider-list.yaml";
  std::ofstream(path) << "allow: []";
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  EXPECT_TRUE(errand::check_owner(path));
  for (const mode_t mode : {0660U, 0602U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_THAT(errand::check_owner(path).error().what, HasSubstr("others may write to it"));
  }
  EXPECT_FALSE(errand::check_owner(path + ".none"));
}
