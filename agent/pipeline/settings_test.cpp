#include "agent/pipeline/settings.hpp"

#include "agent/config/load.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::pipeline;

TEST(Settings, SayWhatCannotBe) {
  for (const char* bad : {"{read: [{child: all}]}", "{send_to: [{file: {path: /x}}]}",
                          "{read: [{format: json}], send_to: [{file: {path: /x}}]}",
                          "{read: [{child: all}, {child: errors}], send_to: [{file: {path: /x}}]}",
                          "{read: [{child: all, format: xml}], send_to: [{file: {path: /x}}]}",
                          "{read: [{child: all}], send_to: [{fiel: {path: /x}}]}"}) {
    EXPECT_FALSE(config::load_text("t", bad, logs_kind())) << bad;
  }
  EXPECT_TRUE(config::load_text("t",
                                "{read: [{child: output}, {child: errors, format: text}], send_to: [{file: "
                                "{path: /x}}, {file: {path: /y}}]}",
                                logs_kind()));
  EXPECT_TRUE(config::load_text("t", "[{url: 'http://127.0.0.1:8080/metrics'}]", scrape_kind()));
}
