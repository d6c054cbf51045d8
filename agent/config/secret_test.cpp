#include "agent/config/secret.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/load.hpp"
#include "agent/config/object.hpp"
#include "agent/config/testing.hpp"

#include <sstream>
#include <type_traits>

#include <fmt/core.h>
#include <fmt/ostream.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider::config;
using outrider::config::testing::pretend;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept Compares = requires(const T& a, const T& b) { a == b; };
template <class T>
concept Orders = requires(const T& a, const T& b) { a < b; };

// The rule of the type, kept by the compiler.
static_assert(Streams<std::string> && !Streams<Secret>);
static_assert(Compares<std::string> && !Compares<Secret> && !Orders<Secret>);
static_assert(fmt::is_formattable<std::string>::value && !fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string> &&
              !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

struct T {
  Secret key;
};

Loaded<T> loaded(const std::string& text, Environment environment) {
  const Kind<T> kind = Object<T>().required("key", &T::key, secret(), "help");
  return load_text("t.yaml", text, kind, std::move(environment));
}

}  // namespace

TEST(Secret, ShowsOnlyThatItIsSetAndHowLongItIs) {
  EXPECT_EQ(Secret().shown(), "‹not set›");
  EXPECT_EQ(Secret("äöü-geheim").shown(), "‹set, 10 chars›");
  EXPECT_EQ(Secret("x").reveal(), "x");
  EXPECT_FALSE(Secret().is_set());
  EXPECT_THAT(::testing::PrintToString(Secret("hunter2")), Not(HasSubstr("hunter2")));
}

TEST(Secret, ComesFromAFileOrAVariable) {
  EXPECT_EQ(loaded("key: {file: /s}\n", pretend({}, {{"/s", "abc\r\n"}})).value->key.reveal(), "abc");
  EXPECT_EQ(loaded("key: {file: /s}\n", pretend({}, {{"/s", "abc\n\n"}})).value->key.reveal(), "abc\n")
      << "only one line end is the editor's";
  EXPECT_EQ(loaded("key: {env: S}\n", pretend({{"S", "abc"}})).value->key.reveal(), "abc");
  EXPECT_EQ(
      loaded("key: {file: \"/${D}/s\"}\n", pretend({{"D", "run"}}, {{"/run/s", "x"}})).value->key.reveal(),
      "x");
}

TEST(Secret, WhatCannotBeReadIsToldAtItsPlace) {
  EXPECT_THAT(loaded("key: {file: /s}\n", pretend()).report.text(),
              HasSubstr("t.yaml:1:13: cannot read the secret \"/s\": No such file or directory"));
  EXPECT_THAT(loaded("key: {file: /s}\n", pretend({}, {{"/s", "\n"}})).report.text(), HasSubstr("is empty"));
  EXPECT_THAT(loaded("key: {env: S}\n", pretend()).report.text(), HasSubstr("the variable S is not set"));
  EXPECT_THAT(loaded("key: {env: S}\n", pretend({{"S", ""}})).report.text(),
              HasSubstr("the variable S is empty"));
}

TEST(Secret, IsNeverWrittenIntoTheConfiguration) {
  for (const char* text :
       {"key: hunter2\n", "key: [hunter2]\n", "key: {value: hunter2}\n", "key: {file: [hunter2]}\n",
        "key:\n  value: hunter2\n", "key: {file: a, hunter2: b}\n", "key: |\n  hunter2\n"}) {
    const auto result = loaded(text, pretend());
    EXPECT_FALSE(result) << text;
    EXPECT_THAT(result.report.text(), HasSubstr("`key` must be {file: path} or {env: NAME}")) << text;
    EXPECT_THAT(result.report.text(), Not(HasSubstr("hunter2"))) << text;
  }
}
