#include "agent/api/practice/test_kit.hpp"

using namespace outrider;
using namespace outrider::api;

TEST_F(ApiTest, AWrongTokenGets401AndALineInTheJournal) {
  list_the_pager();
  const net::Response answer = ask(token_write("/api/v1/restart", "a guess"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(net::header(answer.headers, "WWW-Authenticate"), "Bearer");
  EXPECT_TRUE(agent_.asked.empty());
  ASSERT_EQ(agent_.not_let_in.size(), 1U);
  EXPECT_EQ(agent_.not_let_in[0],
            "10.0.0.9:51234 at /api/v1/restart: cannot let that token in: nobody here has it");
}

TEST_F(ApiTest, AFloodOfWrongTokensDoesNotFillTheJournal) {
  list_the_pager();
  for (int i = 0; i < 500; ++i) EXPECT_EQ(ask(token_write("/api/v1/restart", "a guess")).status, 401);
  EXPECT_EQ(agent_.not_let_in.size(), 10U);
}

TEST_F(ApiTest, AKnownPersonWithoutTheRightGets403AndALineInTheJournal) {
  list_the_pager();
  const net::Response answer = ask(token_write("/api/v1/restart", "the pager's token"));
  EXPECT_EQ(answer.status, 403);
  EXPECT_TRUE(agent_.asked.empty());
  ASSERT_EQ(agent_.not_let_in.size(), 1U);
  EXPECT_EQ(agent_.not_let_in[0],
            "pager (token) at /api/v1/restart: cannot do that as pager (token): a responder has not the "
            "right to act");
}

TEST_F(ApiTest, SaysAsWhomItKnowsSomebody) {
  list_the_pager();
  net::Call asked = call("GET", "/api/v1/whoami");
  asked.headers.emplace_back("Authorization", "Bearer the pager's token");
  const std::string known =
      R"-({"schema":1,"name":"pager (token)","role":"responder","may":["look","watch","respond"],"only":[]})-";
  EXPECT_EQ(ask(asked).body, known + "\n");
  const std::string unknown = R"({"schema":1,"name":"127.0.0.1:40000","role":null,"may":["look"],"only":[]})";
  EXPECT_EQ(get("/api/v1/whoami").body, unknown + "\n");
}
