#include "agent/config/kinds.hpp"

#include "agent/config/load.hpp"
#include "agent/config/object.hpp"
#include "agent/config/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider::config;
using namespace std::chrono_literals;
using outrider::config::testing::pretend;
using outrider::config::testing::Wrapped;
using ::testing::HasSubstr;

namespace {

template <class T>
Loaded<Wrapped<T>> loaded(const Kind<T>& kind, const std::string& value,
                          Environment environment = pretend()) {
  const Kind<Wrapped<T>> root = Object<Wrapped<T>>().required("x", &Wrapped<T>::x, kind, "help");
  return load_text("t.yaml", "x: " + value + "\n", root, std::move(environment));
}

template <class T>
std::optional<T> read(const Kind<T>& kind, const std::string& value, Environment environment = pretend()) {
  auto result = loaded(kind, value, std::move(environment));
  if (!result) return std::nullopt;
  return result.value->x;
}

// The first error's message.
template <class T>
std::string trouble(const Kind<T>& kind, const std::string& value, Environment environment = pretend()) {
  const auto result = loaded(kind, value, std::move(environment));
  return result ? "(read)" : result.report.troubles().at(0).message;
}

}  // namespace

TEST(Text, KeepsWhatIsWrittenAndAsksForQuotesAroundNumbers) {
  EXPECT_EQ(read(text(), "hello"), "hello");
  EXPECT_EQ(read(text(), "1.4.2"), "1.4.2");
  EXPECT_EQ(read(text(), "\"1.10\""), "1.10");
  EXPECT_EQ(read(text(), "''"), "");
  EXPECT_EQ(read(text(), "--port"), "--port");
  EXPECT_EQ(trouble(text(), "1.10"), "`x` must be text, and 1.10 is a number");
  EXPECT_EQ(trouble(text(), "0x1f"), "`x` must be text, and 0x1f is a number");
  EXPECT_EQ(trouble(text(), "true"), "`x` must be text, and true is a yes-or-no value");
  EXPECT_EQ(trouble(text(), "~"), "`x` is empty: it must be text");
  EXPECT_EQ(trouble(text(), "[a]"), "`x` must be text, not a list");
}

TEST(Text, FromAVariableNeedsNoQuotes) { EXPECT_EQ(read(text(), "${V}", pretend({{"V", "1.10"}})), "1.10"); }

TEST(Text, IsMeasuredInCharacters) {
  EXPECT_EQ(read(text_matching(2, 3), "äöü"), "äöü");
  EXPECT_EQ(trouble(text_matching(2, 3), "äöüß"), "`x` must be text of 2 to 3 characters, not \"äöüß\"");
  EXPECT_EQ(trouble(text_matching(1, 3), "''"), "`x` must be text that is not empty, not \"\"");
}

TEST(YesOrNo, IsTrueOrFalseAndNothingElse) {
  EXPECT_EQ(read(yes_or_no(), "true"), true);
  EXPECT_EQ(read(yes_or_no(), "false"), false);
  EXPECT_EQ(read(yes_or_no(), "\"${V}\"", pretend({{"V", "true"}})), true);
  for (const char* word : {"yes", "on", "True", "1", "\"true\"", "~", "[]"})
    EXPECT_THAT(trouble(yes_or_no(), word), HasSubstr("true or false")) << word;
  EXPECT_EQ(loaded(yes_or_no(), "off").report.troubles()[0].hint, "write false");
}

TEST(Whole, KeepsItsBounds) {
  EXPECT_EQ(read(whole(-5, 5), "-5"), -5);
  EXPECT_EQ(read(whole(0, 9), "+7"), 7);
  EXPECT_EQ(read(whole(0, 9), "\"${N}\"", pretend({{"N", "7"}})), 7);
  EXPECT_EQ(trouble(whole(0, 9), "10"), "`x` must be from 0 to 9, not \"10\"");
  EXPECT_EQ(trouble(whole(0, 9), "99999999999999999999999"),
            "`x` must be from 0 to 9, not \"99999999999999999999999\"");
  for (const char* word : {"1.5", "1e3", "\"5\"", "five", "0x5", "1_000", "~"})
    EXPECT_THAT(trouble(whole(0, 9), word), HasSubstr("a whole number from 0 to 9")) << word;
}

TEST(Number, IsFinite) {
  EXPECT_EQ(read(number(0, 1), "0.25"), 0.25);
  EXPECT_EQ(read(number(0, 10), "1e1"), 10);
  for (const char* word : {"1.5", ".nan", ".inf", "1e999", "x", "\"0.5\""})
    EXPECT_THAT(trouble(number(0, 1), word), HasSubstr("a number from 0 to 1")) << word;
}

TEST(DurationKind, NeedsAUnitAndKeepsItsBounds) {
  EXPECT_EQ(read(duration(1ms, 1h), "1m30s"), 90s);
  EXPECT_EQ(read(duration(0s, 1h), "0"), 0s);
  EXPECT_EQ(trouble(duration(1ms, 1h), "2h"), "`x` must be from 1ms to 1h, not \"2h\"");
  EXPECT_EQ(loaded(duration(1ms, 1h), "5").report.troubles()[0].hint, "it needs a unit: 5s or 5ms");
  EXPECT_THAT(trouble(duration(1ms, 1h), "-5s"), HasSubstr("a duration such as"));
}

TEST(DurationKind, MayHaveWordsThatStandForOne) {
  const auto kind = duration_or({{"never", 0s}}, 1s, 1h);
  EXPECT_EQ(read(kind, "never"), 0s);
  EXPECT_EQ(read(kind, "5s"), 5s);
  EXPECT_EQ(trouble(kind, "nevr"), "`x` must be a duration such as 5s or 1m30s, or never, not \"nevr\"");
}

TEST(BytesKind, ReadsSizes) {
  EXPECT_EQ(read(bytes(1, 1u << 30), "64MiB"), 64u << 20);
  EXPECT_EQ(read(bytes(1, 1u << 30), "512"), 512u);
  EXPECT_EQ(trouble(bytes(1024, 2048), "1MiB"), "`x` must be from 1 KiB to 2 KiB, not \"1MiB\"");
  EXPECT_THAT(trouble(bytes(1024, 2048), "big"), HasSubstr("a size such as 64KiB"));
}

TEST(Url, SaysWhatIsWrong) {
  const auto kind = url({"http", "https"});
  for (const char* fine : {"http://h", "https://h:8443/p?q=1", "\"http://[::1]:80/\"", "http://10.0.0.1"})
    EXPECT_TRUE(read(kind, fine)) << fine;
  EXPECT_THAT(trouble(kind, "127.0.0.1/x"), HasSubstr("a URL such as http://host:port/path"));
  EXPECT_THAT(trouble(kind, "ftp://h/"), HasSubstr("begins with http:// or https://"));
  EXPECT_THAT(trouble(kind, "http:///x"), HasSubstr("a URL with a host"));
  EXPECT_THAT(trouble(kind, "http://h:99999/"), HasSubstr("a port from 1 to 65535"));
  EXPECT_THAT(trouble(kind, "http://u:p@h/"), HasSubstr("without a user or password"));
  EXPECT_THAT(loaded(kind, "http://u:hunter2@h/").report.text(), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(trouble(kind, "http://h/a b"), HasSubstr("a URL such as"));
}

TEST(Endpoint, SaysWhatIsWrong) {
  for (const char* fine :
       {"127.0.0.1:80", "localhost:0", "\"[::1]:80\"", "unix:/run/x.sock", "db_1.example:5432"})
    EXPECT_TRUE(read(endpoint(), fine)) << fine;
  EXPECT_THAT(trouble(endpoint(), "8080"), HasSubstr("an address such as"));
  EXPECT_THAT(trouble(endpoint(), "\":8080\""), HasSubstr("a host, such as 127.0.0.1:8080"));
  EXPECT_THAT(trouble(endpoint(), "localhost"), HasSubstr("a port, such as localhost:8080"));
  EXPECT_THAT(trouble(endpoint(), "\"::1:80\""), HasSubstr("brackets"));
  EXPECT_THAT(trouble(endpoint(), "fe80::1:80"), HasSubstr("brackets"));
  EXPECT_THAT(trouble(endpoint(), "h:65536"), HasSubstr("a port from 0 to 65535"));
  EXPECT_THAT(trouble(endpoint(), "http://h:80"), HasSubstr("host:port, without a scheme"));
  EXPECT_THAT(trouble(endpoint(), "unix:x.sock"), HasSubstr("absolute path after unix:"));
  EXPECT_EQ(read(or_none(endpoint()), "none"), "");
}

TEST(Path, IsAbsolute) {
  EXPECT_EQ(read(path(), "/var/lib"), "/var/lib");
  EXPECT_THAT(trouble(path(), "var/lib"), HasSubstr("an absolute path, beginning with /"));
}

TEST(BudgetKind, IsACountPerTime) {
  EXPECT_EQ(read(budget(), "5 per 1h"), (Budget{5, 1h}));
  EXPECT_EQ(read(budget(), "0 per 10m"), (Budget{0, 10min}));
  for (const char* word : {"5", "5/h", "five per 1h", "5 per hour", "5 per 0", "-1 per 1h", "5 per 1h "})
    EXPECT_EQ(read(budget(), '"' + std::string(word) + '"'), std::nullopt) << word;
}

TEST(Choice, SuggestsTheWordThatWasMeant) {
  const auto kind = choice<int>({{"restart", 1}, {"exit", 2}});
  EXPECT_EQ(read(kind, "exit"), 2);
  EXPECT_EQ(trouble(kind, "restrat"), "`x` must be restart or exit, not \"restrat\"");
  EXPECT_EQ(loaded(kind, "restrat").report.troubles()[0].hint, "did you mean restart?");
}

TEST(ListOf, TellsEveryBadItem) {
  EXPECT_EQ(read(list_of(whole(0, 9)), "[1, 2]"), (std::vector<std::int64_t>{1, 2}));
  const auto result = loaded(list_of(whole(0, 9)), "[1, x, 3, y]");
  EXPECT_EQ(result.report.size(), 2u);
  EXPECT_EQ(result.report.troubles()[1].message, "item 4 must be a whole number from 0 to 9, not \"y\"");
  EXPECT_EQ(trouble(list_of(text(), 1), "[]"), "`x` needs at least 1, and has 0");
  EXPECT_EQ(trouble(list_of(text(), 0, 1), "[a, b]"), "`x` may hold at most 1, and has 2");
  EXPECT_THAT(loaded(list_of(text()), "a").report.troubles()[0].hint, HasSubstr("write [one, two]"));
}

TEST(MapOf, KeepsTheOrderAndChecksTheNames) {
  using Map = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(read(map_of(text()), "{z: a, b: c}"), (Map{{"z", "a"}, {"b", "c"}}));
  EXPECT_THAT(trouble(map_of(text(), Names::label), "{a-b: c}"), HasSubstr("the name \"a-b\" must be"));
  EXPECT_THAT(trouble(map_of(text(), Names::slug), "{\"a b\": c}"), HasSubstr("the name \"a b\" must be"));
  EXPECT_TRUE(read(map_of(text(), Names::slug), "{tests-api.ready_1: c}"));
}

TEST(Either, GoesByTheFormThatIsWritten) {
  const auto one =
      text().as<std::vector<std::string>>([](std::string s) { return std::vector{std::move(s)}; });
  const auto kind = either(one, list_of(text()));
  EXPECT_EQ(read(kind, "a"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(read(kind, "[a, b]"), (std::vector<std::string>{"a", "b"}));
}

TEST(Check, AddsAConditionOfItsOwn) {
  const auto even = whole(0, 9).check([](const std::int64_t& n) -> std::optional<std::string> {
    if (n % 2 == 0) return std::nullopt;
    return "must be even";
  });
  EXPECT_EQ(read(even, "4"), 4);
  EXPECT_EQ(trouble(even, "5"), "`x` must be even");
}
