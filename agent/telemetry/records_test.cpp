#include "agent/telemetry/record.hpp"
#include "agent/telemetry/utf8.hpp"

#include <set>
#include <tuple>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::telemetry;

TEST(Utf8, IsToldFromWhatIsNot) {
  for (const std::string_view good : {"", "plain ascii, long enough for the quick way", "é", "日本", "😀"}) {
    EXPECT_TRUE(valid_utf8(good)) << good;
  }
  for (const std::string_view bad :
       {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "abcdefgh\xFF", "\xC3"}) {
    EXPECT_FALSE(valid_utf8(bad));
    std::string repaired;
    append_repaired(repaired, bad);
    EXPECT_TRUE(valid_utf8(repaired));
  }
  std::string repaired;
  append_repaired(repaired, "a\xFFz");
  EXPECT_EQ(repaired, "a\xEF\xBF\xBDz");
}

TEST(Utf8, IsNeverCutInsideACharacter) {
  EXPECT_EQ(whole_characters("aé", 2), 1u);
  EXPECT_EQ(whole_characters("aé", 3), 3u);
  EXPECT_EQ(whole_characters("\x80\x80\x80\x80\x80\x80", 4), 4u) << "no text: cut anywhere, but go on";
}

TEST(Severity, IsReadFromTheWordsLoggersUse) {
  EXPECT_EQ(read_severity("WARNING"), Severity::warn);
  EXPECT_EQ(read_severity("Critical"), Severity::fatal);
  EXPECT_EQ(read_severity("emerg"), Severity::unspecified);
}

TEST(Shelter, KeepsWhatItWasGivenWithoutMovingIt) {
  Shelter shelter(16);
  std::vector<ChunkPointer> held;
  const auto first = shelter.keep("0123456789", held);
  const auto second = shelter.keep("abcdefghij", held);
  const auto third = shelter.keep(std::string(100, 'x'), held);
  EXPECT_EQ(first, "0123456789");
  EXPECT_EQ(second, "abcdefghij");
  EXPECT_EQ(third.size(), 100u);
  EXPECT_EQ(held.size(), 3u);
}

TEST(DocumentId, IsTheSameForEverAndOneOfAKind) {
  Origin origin;
  origin.generation = 3;
  origin.began_seconds = 1'700'000'000;
  origin.stream = stream_key("vm-1/3f2a", "/var/log/tests-api/a.log", 3);
  origin.offset = 1042;
  const auto id = [](const Origin& of) {
    std::string text;
    append_document_id(text, of);
    return text;
  };
  // These are in indices everywhere: should they change, everything would be there twice.
  EXPECT_EQ(id(origin), "ZVPxAPIbLkAyGwAAAAQS");
  EXPECT_EQ(id({}), std::string(document_id_length, 'A'));
  std::set<std::string> seen{id(origin)};
  for (const auto& [installation, stream, generation] :
       {std::tuple("vm-1/3f2b", "/var/log/tests-api/a.log", 3u),
        {"vm-1/3f2a", "/var/log/tests-api/b.log", 3u},
        {"vm-1/3f2a/", "var/log/tests-api/a.log", 3u},
        {"vm-1/3f2a", "/var/log/tests-api/a.log", 4u}}) {
    Origin other = origin;
    other.stream = stream_key(installation, stream, generation);
    EXPECT_TRUE(seen.insert(id(other)).second) << installation << stream << generation;
  }
  Origin next = origin;
  next.offset += 1;
  EXPECT_EQ(id(next).substr(0, 14), id(origin).substr(0, 14)) << "neighbours begin alike";
  next.offset = origin.offset;
  next.began_seconds += 1;
  EXPECT_EQ(id(next).substr(0, 4), id(origin).substr(0, 4));
}

TEST(Acknowledgement, SpeaksOnceWhenAllSinksHave) {
  std::vector<Fate> fates;
  Acknowledgement both(2, [&](Fate fate) { fates.push_back(fate); });
  both.settle(Fate::dropped);
  EXPECT_TRUE(fates.empty());
  both.settle(Fate::delivered);
  both.settle(Fate::delivered);
  EXPECT_EQ(fates, std::vector<Fate>{Fate::dropped});
}
