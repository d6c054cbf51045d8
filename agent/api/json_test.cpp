#include "agent/api/json.hpp"

#include "tests/golden/faces/sample_status.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace outrider;
using namespace outrider::testing;

namespace {

std::string text_of(const core::Status& status) {
  return boost::json::serialize(api::to_json(status)) + "\n";
}

}  // namespace

TEST(StatusJson, KeepsItsShape) {
  expect_golden("status_healthy.json", text_of(healthy_status()));
  expect_golden("status_sick.json", text_of(sick_status()));
  expect_golden("status_unknown.json", text_of(unknown_status()));
}

TEST(StatusJson, SaysNullWhereNothingIsKnown) {
  const auto status = api::to_json(unknown_status());
  EXPECT_EQ(status.at("state").as_string(), "unknown");
  EXPECT_TRUE(status.at("supervised").at("pid").is_null());
  EXPECT_TRUE(status.at("supervised").at("since").is_null());
  EXPECT_TRUE(status.at("agent").at("started").is_null());
  EXPECT_TRUE(status.at("agent").at("resident_bytes").is_null());

  core::Status never_asked = healthy_status();
  never_asked.probes[0].asked_total = 0;
  EXPECT_TRUE(api::to_json(never_asked).at("probes").at(0).at("took_seconds").is_null());
}

TEST(StatusJson, SurvivesHostileText) {
  core::Status status = healthy_status();
  status.service.last_exit = std::string("\xFF\xC0\"}\\\n\x01", 8);
  status.probes[0].detail = "</script><script>alert(1)</script>";
  const auto read = boost::json::parse(text_of(status));
  EXPECT_EQ(read.at("probes").at(0).at("detail").as_string(), "</script><script>alert(1)</script>");
  EXPECT_EQ(read.at("supervised").at("last_exit").as_string(),
            std::string("\xEF\xBF\xBD\xEF\xBF\xBD\"}\\\n\x01", 12).substr(0, 11) + std::string(1, '\0'));
}
