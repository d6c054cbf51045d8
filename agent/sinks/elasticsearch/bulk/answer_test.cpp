#include "agent/sinks/elasticsearch/bulk/answer.hpp"

#include <gtest/gtest.h>

using namespace outrider::sinks::elasticsearch;

TEST(BulkAnswer, WhatIsOnlyCreatedIsCountedAndNothingMore) {
  const auto answer = read_answer(
      R"({"errors":false,"items":[{"create":{"status":201}},{"create":{"status":201}}, {"create":{"status":200}}]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->items, 3u);
  EXPECT_TRUE(answer->notable.empty());
}

TEST(BulkAnswer, AnErrorIsToldWithWhatCausedIt) {
  const auto answer = read_answer(
      R"({"errors":true,"took":7,"items":[{"create":{"status":201}},{"create":{"_index":"x","status":400,"error":)"
      R"({"type":"document_parsing_exception","reason":"failed to parse field [n]","caused_by":)"
      R"({"type":"illegal_argument_exception","reason":"For input string: \"a\""}}}}]})");
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->notable.size(), 1u);
  const Item& item = answer->notable[0];
  EXPECT_EQ(item.place, 1u);
  EXPECT_EQ(item.status, 400);
  EXPECT_EQ(item.type, "document_parsing_exception");
  EXPECT_EQ(item.reason, "failed to parse field [n]: For input string: \"a\"");
}

TEST(BulkAnswer, ADocumentInTheFailureStoreIsNotable) {
  const auto answer = read_answer(R"({"items":[{"create":{"status":201,"failure_store":"used"}}]})");
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->notable.size(), 1u);
  EXPECT_EQ(answer->notable[0].failure_store, "used");
}

TEST(BulkAnswer, TheOrderOfKeysAndWhiteSpaceDoNotMatter) {
  const auto answer = read_answer(
      "{\n \"items\" : [ { \"create\" : { \"status\" : 201 } } ,\n {\"index\":{\"status\":409}} "
      "],\"errors\":true}\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->items, 2u);
  ASSERT_EQ(answer->notable.size(), 1u);
  EXPECT_EQ(answer->notable[0].place, 1u);
}

TEST(BulkAnswer, WhatIsNotAWholeAnswerIsNone) {
  for (const char* text :
       {"", "{}", "[]", "null", "<html>502</html>", R"({"items":{}})", R"({"items":[1]})",
        R"({"items":[[]]})", R"({"items":[{"create":{"status":201}})",
        R"({"items":[{"create":{"status":201}}])", R"({"items":[{"create":{}}]})",
        R"({"items":[{"create":{"status":"201"}}]})", R"({"items":[{"create":{"status":20}}]})",
        R"({"items":[{"a":{"status":201},"b":{"status":201}}]})",
        R"({"items":[{"create":{"status":201}}]} more)"}) {
    EXPECT_FALSE(read_answer(text)) << text;
  }
}

TEST(BulkAnswer, ARefusalIsReadFromWhateverBodyItHas) {
  EXPECT_EQ(
      read_refusal(R"({"error":{"type":"es_rejected_execution_exception","reason":"full"},"status":429})")
          .text(),
      "es_rejected_execution_exception: full");
  EXPECT_EQ(read_refusal(R"({"error":"Incorrect HTTP method","status":405})").text(),
            "Incorrect HTTP method");
  EXPECT_EQ(read_refusal("<html>\r\nBad Gateway").text(), "<html>  Bad Gateway");
  EXPECT_EQ(read_refusal("").text(), "");
  EXPECT_LT(read_refusal(std::string(5000, 'x')).text().size(), 200u);
}
