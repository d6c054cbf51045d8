#include "agent/lines/secrets/finder.hpp"

#include <ctime>

#include <gtest/gtest.h>

using namespace outrider::lines::secrets;

namespace {

std::vector<Rule> all_rules() {
  std::vector<Rule> rules;
  for (const Kind kind :
       {Kind::email, Kind::bearer_token, Kind::jwt, Kind::card_number, Kind::iban, Kind::phone})
    rules.push_back({kind, Manner::mask, "", ""});
  rules.push_back({Kind::field, Manner::mask, "password", ""});
  rules.push_back({Kind::field, Manner::mask, "Authorization", ""});
  return rules;
}

// The text with each finding as <kind>.
std::string shown(std::string_view text, const std::vector<Rule>& rules = all_rules()) {
  const Finder finder(rules);
  std::vector<Finding> found;
  finder.find(text, found);
  std::string out;
  std::size_t from = 0;
  for (const Finding& one : found) {
    EXPECT_LT(one.from, one.to);
    EXPECT_GE(one.from, from) << "findings are in order and do not overlap";
    out.append(text.substr(from, one.from - from));
    out.append("<").append(kind_names[static_cast<std::size_t>(rules[one.rule].kind)]).append(">");
    from = one.to;
  }
  return out.append(text.substr(from));
}

struct Row {
  std::string_view text;
  std::string_view expected;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.text; }

class Secrets : public ::testing::TestWithParam<Row> {};
class NearMisses : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Secrets, AreFound) { EXPECT_EQ(shown(GetParam().text), GetParam().expected); }
TEST_P(NearMisses, StayAsTheyAre) { EXPECT_EQ(shown(GetParam()), GetParam()); }

INSTANTIATE_TEST_SUITE_P(Email, Secrets,
                         ::testing::Values(Row{"from bob@example.com to", "from <email> to"},
                                           Row{"bob.o'neil+tag@mail.example.co.uk.", "<email>."},
                                           Row{"<bob@example.com>,eve@example.org", "<<email>>,<email>"},
                                           Row{"user=bob@example.com;", "user=<email>;"},
                                           Row{"jürgen@müller.de", "<email>"},
                                           Row{"\"john doe\"@example.com", "<email>"},
                                           Row{"a@b.xn--p1ai", "<email>"},
                                           Row{"?email=bob%40example.com&n=1", "?email=<email>&n=1"},
                                           Row{"postgres://bob@db.example.com/x", "postgres://<email>/x"}));

INSTANTIATE_TEST_SUITE_P(
    Tokens, Secrets,
    ::testing::Values(Row{"Authorization: Bearer abc", "Authorization: <field>"},
                      Row{"got bearer 6f1ed002ab5595859014ebf0951522d9", "got bearer <bearer_token>"},
                      Row{"BEARER  abcdefghijklmnopqrstuvwx", "BEARER  <bearer_token>"},
                      Row{"t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln ok", "t=<jwt> ok"},
                      Row{"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "<jwt>"},
                      Row{"Authorization: Basic dXNlcjpwYXNz", "Authorization: <field>"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, Secrets,
    ::testing::Values(
        Row{"card 4111111111111111.", "card <card_number>."},
        Row{"4111 1111 1111 1111 12/27", "<card_number> 12/27"},
        Row{"1234 4111-1111-1111-1111", "1234 <card_number>"}, Row{"3782 822463 10005", "<card_number>"},
        Row{"6011000990139424,5555555555554444", "<card_number>,<card_number>"},
        Row{"4111111111111111 200", "<card_number> 200"}, Row{"pan_2223003122003222", "pan_<card_number>"},
        Row{"DE89 3704 0044 0532 0130 00 ok", "<iban> ok"}, Row{"gb29nwbk60161331926819", "<iban>"},
        Row{"to NO9386011117947", "to <iban>"}, Row{"call +49 30 1234567", "call <phone>"},
        Row{"+1 (555) 123-4567", "<phone>"}, Row{"(555) 123-4567", "<phone>"},
        Row{"555-123-4567 x", "<phone> x"}, Row{"1-555-123-4567", "<phone>"},
        Row{"+12345678 4111111111111111", "<phone> <card_number>"}));

INSTANTIATE_TEST_SUITE_P(
    Fields, Secrets,
    ::testing::Values(
        Row{"password=hunter2 next", "password=<field> next"},
        Row{"PASSWORD = \"a b\" next", "PASSWORD = \"<field>\" next"},
        Row{R"({"user":{"password":"a\"b"},"n":1})", R"({"user":{"password":"<field>"},"n":1})"},
        Row{R"(body "{\"password\":\"hunter2\",\"n\":1}")", R"(body "{\"password\":\"<field>\",\"n\":1}")"},
        Row{R"("password":{"a":["}"]},"n":1)", R"("password":<field>,"n":1)"},
        Row{R"("password":"cut he)", R"("password":"<field>)"},
        Row{"'password' => 'x',", "'password' => '<field>',"}, Row{"a.password: x", "a.password: <field>"},
        Row{"?password=x&y=1", "?password=<field>&y=1"},
        Row{"\"password\"          :          \"x\"", "\"password\"          :          \"<field>\""},
        Row{"{\"password\"\n:\n\"x\"}", "{\"password\"\n:\n\"<field>\"}"}));

INSTANTIATE_TEST_SUITE_P(
    Everything, NearMisses,
    ::testing::Values(
        "postgres@db1", "user@10.0.0.1", "package@1.2.3", "@example.com", "a@.com", "@@@", "a@b", "100%",
        "50%40 off", "%40example.com", "bearer of good news", "the bearer authentication failed",
        "forebearer 123456789", "Bearer", "eyJhbGciOiJIUzI1NiJ9", "xeyJhbGciOiJIUzI1NiJ9.c", "eyJ.eyJ.eyJ",
        "order 4111111111111112", "0.4111111111111111", "4111111111111111.5", "x4111111111111111",
        "4111 1111 11111111", "41111111111111111111", "2026-11-21T11:26:03.512+01:00", "2026-11-21 11:26:03",
        "1795260363512000000", "550e8400-e29b-41d4-a716-446655440000", "12345678-1234-1234-1234-123456789012",
        "10.20.30.40:8080", "192.168.100.1000", "DE89370400440532013001", "XX89370400440532013000",
        "ADE89370400440532013000", "UTC+0200", "+12 345", "a + 123456789", "555-1234-567", "555-123-45678",
        "1.555-123-4567-8", "my_password=x", "passwords: x", "password", "password:", "password:\nnext",
        "no_password_here: x", "11:26:03", "a:=b"));

double seconds_for(const std::string& text, const std::vector<Rule>& rules = all_rules()) {
  const Finder finder(rules);
  std::vector<Finding> found;
  const std::clock_t before = std::clock();
  finder.find(text, found);
  return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
}

std::string repeated(std::string_view piece) {
  std::string text;
  while (text.size() < (256u << 10)) text += piece;
  return text;
}

}  // namespace

// Quadratic time would be tens of seconds here; even a sanitizer's build is far below the bound.
TEST(Finder, TimeIsLinearForHostileText) {
  for (const std::string_view piece :
       {"@",           "a@",       "%40",       "a%40",        "a@a.",
        "1",           "1 ",       "1-",        "4 ",          "+1",
        "+1 ",         "(555) ",   "eyJ",       "eyJ.",        "eyJaaaaaaaaaa.",
        "bearer ",     "b",        "DE89",      "DE89 ",       ":",
        "=",           "password", "password:", "password:\"", "password:{",
        "password=\\", "\\\"",     "\"@",       " :"}) {
    EXPECT_LT(seconds_for(repeated(piece)), 4) << piece;
  }
}

TEST(Finder, ANameIsThatOfAFieldOrTheEndOfItsPath) {
  const Finder finder(std::vector<Rule>{{Kind::field, Manner::mask, "password", ""},
                                        {Kind::field, Manner::mask, "card.cvc", ""}});
  EXPECT_EQ(finder.field_rule("password"), 0);
  EXPECT_EQ(finder.field_rule("user.Password"), 0);
  EXPECT_EQ(finder.field_rule("old_password"), -1);
  EXPECT_EQ(finder.field_rule("passwords"), -1);
  EXPECT_EQ(finder.field_rule("order.card.cvc"), 1);
  EXPECT_EQ(finder.field_rule("cvc"), -1);
  EXPECT_TRUE(finder.needs_parts());
}

TEST(Finder, CustomExpressionsJoinWithWhatTheyOverlap) {
  const std::vector<Rule> rules{{Kind::email, Manner::mask, "", ""},
                                {Kind::custom, Manner::mask, "ticket", "TK-\\d+"},
                                {Kind::custom, Manner::mask, "tail", "com.*"}};
  EXPECT_EQ(shown("TK-12 bob@example.com TK-3", rules), "<custom> <email>");
  EXPECT_EQ(shown("nothing", rules), "nothing");
  EXPECT_EQ(shown("x", {{Kind::custom, Manner::mask, "", "y*"}}), "x") << "an empty finding is none";
}
