#include "agent/incident/kept/store.hpp"

#include "agent/os/sim_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::incident;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

Incident made(int number, bool closed) {
  Incident incident;
  incident.id = "20261129-0215" + std::to_string(10 + number) + "-k7";
  incident.service = "tests-api";
  incident.title = "it died";
  incident.opened = core::WallTime(std::chrono::seconds(1'700'000'000 + number));
  if (closed) incident.closed = incident.opened + std::chrono::seconds(5);
  return incident;
}

std::vector<std::string> ids_in(os::Files& files) {
  std::vector<std::string> ids;
  for (const Brief& brief : Store(files, "/i", {}).load().value_or(Stored{}).briefs) ids.push_back(brief.id);
  return ids;
}

}  // namespace

TEST(IncidentJson, ComesBackAsItWas) {
  Incident was = made(1, true);
  was.kind = Kind::out_of_memory;
  was.root_cause = "database";
  was.verdict = "\"quoted\" <b>";
  was.deaths_total = 3;
  was.deaths = {{was.opened, "was killed", std::nullopt, 9, true},
                {was.opened, "exited", 3, std::nullopt, false}};
  was.last_words = "FATAL";
  was.changes = {{was.opened, "version", "it is 2"}};
  was.findings = {{"stack", "a\nb"}};
  Line line;
  line.sequence = 7;
  line.at = was.opened;
  line.text = std::string("bad \xff utf-8");
  line.unterminated = true;
  was.lines = {line};
  Sample sample;
  sample.at = was.opened;
  sample.cpu = 0.25;
  sample.descriptors = 12;
  was.samples = {sample};
  const auto is = read_incident(to_json(was));
  ASSERT_TRUE(is);
  EXPECT_EQ(is->kind, was.kind);
  EXPECT_EQ(is->closed, was.closed);
  EXPECT_EQ(is->verdict, was.verdict);
  EXPECT_EQ(is->deaths[0].signal, 9);
  EXPECT_FALSE(is->deaths[0].code);
  EXPECT_EQ(is->deaths[1].code, 3);
  EXPECT_EQ(is->findings[0].text, "a\nb");
  EXPECT_TRUE(is->lines[0].unterminated);
  EXPECT_EQ(is->lines[0].text, "bad \xEF\xBF\xBD utf-8");
  EXPECT_EQ(is->samples[0].cpu, 0.25);
  EXPECT_FALSE(is->samples[0].threads);
  EXPECT_EQ(to_json(*is), to_json(was)) << "nothing is lost on the way";
}

TEST(IncidentJson, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "[]", "{", "{}", R"({"schema":2,"id":"20261129-021510-k7"})",
        R"({"schema":1,"id":"../../etc/passwd","kind":"crash","opened":"2026-11-29T02:15:10Z"})",
        R"({"schema":1,"id":"20261129-021510-k7","kind":"party","opened":"2026-11-29T02:15:10Z"})"})
    EXPECT_FALSE(read_incident(text)) << text;
  const auto odd =
      read_incident(R"({"schema":1,"id":"20261129-021510-k7","kind":"crash","opened":"2026-11-29T02:15:10Z",)"
                    R"("deaths":[1,{"code":1e99}],"lines":{},"samples":[{"resident_bytes":-1}]})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->deaths.size(), 1u);
  EXPECT_FALSE(odd->deaths[0].code);
  EXPECT_FALSE(odd->samples[0].resident_bytes);
}

TEST(IncidentJson, WhatTheServiceWroteCanBeLeftOut) {
  Incident incident = made(1, false);
  Line line;
  line.text = "a customer's name";
  incident.lines = {line};
  incident.last_words = "a customer's name";
  incident.findings = {{"stack", "a customer's name"}};
  const std::string text = without_its_words(to_json(incident));
  EXPECT_THAT(text, Not(HasSubstr("customer")));
  EXPECT_TRUE(read_incident(text)->withheld);
}

TEST(IncidentStore, KeepsWhatItIsGivenAndFindsWhatIsOpen) {
  os::SimFiles files;
  Store store(files, "/i", {});
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(made(2, false)));
  ASSERT_TRUE(store.save(made(1, true)));
  EXPECT_THAT(ids_in(files), ElementsAre(made(1, true).id, made(2, true).id));
  const auto again = Store(files, "/i", {}).load();
  ASSERT_EQ(again->open.size(), 1u);
  EXPECT_EQ(again->open[0].id, made(2, false).id);
  EXPECT_TRUE(store.read(made(1, true).id));
  EXPECT_EQ(store.read("20261129-999999-k7").error().code, core::Errc::not_found);
  EXPECT_EQ(store.read("../lock").error().code, core::Errc::invalid);
}

TEST(IncidentStore, TheOldestThatIsOverGoesFirst) {
  os::SimFiles files;
  Store store(files, "/i", {.most = 3});
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(made(1, false)));
  ASSERT_TRUE(store.save(made(2, true)));
  ASSERT_TRUE(store.save(made(3, true)));
  ASSERT_TRUE(store.save(made(4, true)));
  EXPECT_THAT(store.removed(), ElementsAre(made(2, true).id));
  EXPECT_THAT(ids_in(files), ElementsAre(made(1, true).id, made(3, true).id, made(4, true).id));
}

TEST(IncidentStore, IsBoundedInBytesAndNeverRemovesWhatItWrites) {
  os::SimFiles files;
  Store store(files, "/i", {.most = 100, .most_bytes = 6000});
  ASSERT_TRUE(store.load());
  Incident large = made(1, true);
  large.verdict = std::string(5000, 'x');
  ASSERT_TRUE(store.save(large));
  large.id = made(2, true).id;
  ASSERT_TRUE(store.save(large));
  EXPECT_THAT(ids_in(files), ElementsAre(large.id));
}

TEST(IncidentStore, AFileThatCannotBeReadIsToldOfAndLeftAlone) {
  os::SimFiles files;
  ASSERT_TRUE(files.make_directories("/i"));
  ASSERT_TRUE(files.replace("/i/20261129-021511-k7.json", "{\"schema\":1,"));
  ASSERT_TRUE(files.replace("/i/changes", "{}"));
  ASSERT_TRUE(files.replace("/i/20261129-021512-k7.json", to_json(made(3, true))));  // another one's
  const auto stored = Store(files, "/i", {}).load();
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->unreadable.size(), 2u);
  EXPECT_TRUE(stored->briefs.empty());
  EXPECT_TRUE(files.exists("/i/20261129-021511-k7.json"));
}
