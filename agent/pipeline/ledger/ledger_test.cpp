#include "agent/pipeline/ledger/ledger.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider::pipeline;

// The check at run time: what the queues hold is held against the books.
TEST(Ledger, ThatDoesNotSumIsToldOnceAndShownUntilItDoes) {
  ::prometheus::Registry registry;
  Ledger ledger(registry);
  Account& account = ledger.open("child output", "file /a.log");
  const auto shown = [&registry] {
    const std::string text = ::prometheus::TextSerializer().Serialize(registry.Collect());
    const std::string name =
        "outrider_ledger_imbalance_records{sink=\"file /a.log\",source=\"child output\"} ";
    return text.substr(text.find(name) + name.size(), 2);
  };
  account.read({3, 30});
  account.delivered({1, 10});
  EXPECT_TRUE(ledger.check({{&account, {2, 20}}}).empty());
  EXPECT_EQ(shown(), "0\n");
  EXPECT_EQ(ledger.check({{&account, {1, 10}}}), std::vector<const Account*>{&account}) << "one got lost";
  EXPECT_EQ(shown(), "1\n");
  EXPECT_EQ(account.imbalance(), 1);
  EXPECT_TRUE(ledger.check({}).empty()) << "told already";
  EXPECT_EQ(shown(), "2\n");
  account.dropped({2, 19}, Reason::buffer_full);
  (void)ledger.check({});
  EXPECT_EQ(shown(), "1\n") << "a byte is missing";
  account.dropped({0, 1}, Reason::buffer_full);
  (void)ledger.check({});
  EXPECT_EQ(shown(), "0\n");
}
