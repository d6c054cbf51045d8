#include "agent/pipeline/settings.hpp"

#include "agent/config/load.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::pipeline;

TEST(Settings, SayWhatCannotBe) {
  for (const char* bad :
       {"{read: [{child: all}]}", "{send_to: [{file: {path: /x}}]}",
        "{read: [{format: json}], send_to: [{file: {path: /x}}]}",
        "{read: [{child: all}, {child: errors}], send_to: [{file: {path: /x}}]}",
        "{read: [{child: all, format: xml}], send_to: [{file: {path: /x}}]}",
        "{read: [{child: all, multiline: cobol}], send_to: [{file: {path: /x}}]}",
        "{read: [{child: all}], steps: [{add: {message: x}}], send_to: [{file: {path: /x}}]}",
        "{read: [{child: all}], steps: [{redact: [email]}], send_to: [{file: {path: /x}}]}",
        "{read: [{child: all}], redact: [emial], send_to: [{file: {path: /x}}]}",
        "{read: [{child: all}], send_to: [{fiel: {path: /x}}]}"}) {
    EXPECT_FALSE(config::load_text("t", bad, logs_kind())) << bad;
  }
  EXPECT_TRUE(config::load_text("t",
                                "{read: [{child: output}, {child: errors, format: text}], send_to: [{file: "
                                "{path: /x}}, {file: {path: /y}}]}",
                                logs_kind()));
  const auto loaded = config::load_text(
      "t",
      "{read: [{child: output, format: cri, multiline: [java, go]}, {child: errors}], redact: [email], "
      "steps: [{drop: {level: debug}}, {add: {team: core}, when: {at_least: error}}], send_to: [{file: "
      "{path: /x}}]}",
      logs_kind());
  ASSERT_TRUE(loaded) << loaded.report.text();
  const auto plan = plan_of(*loaded.value, loaded.value->read[0]);
  EXPECT_EQ(plan.reading.name, "cri");
  EXPECT_TRUE(plan.joining.make);
  EXPECT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan_of(*loaded.value, loaded.value->read[1]).reading.name, "json");
  for (const auto& key : metric_keys()) {
    if (key.key != "scrape") continue;
    EXPECT_TRUE(config::load_text("t", "[{url: 'http://127.0.0.1:8080/metrics'}]", key.kind));
  }
}

TEST(Settings, ASourceSaysHowItsLinesAreWrittenUnlessTheUserDoes) {
  const auto loaded = config::load_text("t",
                                        "{read: [{syslog: {udp: '127.0.0.1:5514'}}, {syslog: {tcp: "
                                        "'127.0.0.1:5514'}, format: text}], send_to: [{file: {path: /x}}]}",
                                        logs_kind());
  ASSERT_TRUE(loaded) << loaded.report.text();
  EXPECT_EQ(plan_of(*loaded.value, loaded.value->read[0]).reading.name, "syslog");
  EXPECT_EQ(plan_of(*loaded.value, loaded.value->read[1]).reading.name, "text");
}

TEST(Settings, WhatAJournalKnowsIsTakenOffWhateverItsMessagesAre) {
  const auto loaded = config::load_text(
      "t",
      "{read: [{journald: {}}, {journald: {name: b}, format: json}, {journald: {name: c}, format: {journald: "
      "logfmt}}], send_to: [{file: {path: /x}}]}",
      logs_kind());
  ASSERT_TRUE(loaded) << loaded.report.text();
  const std::vector<std::string> names{"journald", "journald json", "journald logfmt"};
  for (std::size_t at = 0; at < names.size(); ++at) {
    const transforms::Reading reading = plan_of(*loaded.value, loaded.value->read[at]).reading;
    EXPECT_EQ(reading.name, names[at]);
    EXPECT_TRUE(reading.wrapper);
  }
}

TEST(Settings, ARouteLeadsToADestinationThatIsThere) {
  const auto load = [](const std::string& to, const std::string& send_to) {
    return config::load_text("t",
                             "{read: [{child: all}], steps: [{route: {to: " + to +
                                 "}, when: {level: debug}}], send_to: [" + send_to + "]}",
                             logs_kind());
  };
  const std::string two = "{file: {path: /x}, name: archive}, {file: {path: /y}, name: search}";
  const auto good = load("[archive, search]", two);
  ASSERT_TRUE(good) << good.report.text();
  EXPECT_EQ(good.value->send_to[1].name, "search");
  const auto bad = load("archve", two);
  ASSERT_FALSE(bad);
  EXPECT_NE(
      bad.report.text().find("sends records to \"archve\", and no element of `send_to` has that name; did "
                             "you mean archive?"),
      std::string::npos)
      << bad.report.text();
  EXPECT_FALSE(load("file", "{file: {path: /x}}")) << "without a name nobody can send to it";
  EXPECT_FALSE(load("archive", two + ", {file: {path: /z}, name: archive}"));
}
