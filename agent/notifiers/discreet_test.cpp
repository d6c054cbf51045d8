#include "agent/notifiers/discreet.hpp"

#include "agent/notifiers/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;

namespace {

class Echo final : public Notifier {
 public:
  explicit Echo(std::string said) : said_(std::move(said)) {}
  std::string target() const override { return "echo"; }
  core::Task<Delivery> deliver(Message, std::string) override {
    co_return tl::unexpected(Trouble{{core::Errc::refused, said_, said_}, Hope::mend, {}});
  }

 private:
  std::string said_;
};

std::string told(const std::string& secret, const std::string& said) {
  notifiers::testing::House house;
  std::vector<config::Secret> secrets;
  secrets.emplace_back(secret);
  const Make make = discreet([&](const Tools&) { return std::make_unique<Echo>(said); }, std::move(secrets));
  const auto notifier = make(house.tools);
  const auto came = house.deliver(*notifier, notifiers::testing::message());
  if (!came || *came) return "nothing was said";
  EXPECT_EQ(came->error().error.what, came->error().error.hint);
  return came->error().error.what;
}

}  // namespace

TEST(Discreet, AnAddressThatIsReadBackIsNotShown) {
  const std::string url = "https://hooks.example/services/T012345678/B012345678/abcdefghij\n";
  EXPECT_EQ(told(url, "404: Cannot POST /services/T012345678/B012345678/abcdefghij"), "404: Cannot POST …");
  EXPECT_EQ(told(url, "no hook abcdefghij here"), "no hook … here");
  EXPECT_EQ(told(url, "services are down"), "services are down") << "no secret";
}

TEST(Discreet, NorTheBeginningOfASecretAtTheEndOfWhatWasCut) {
  EXPECT_EQ(told("xoxb-123456", "your token is xoxb-123"), "your token is …");
  EXPECT_EQ(told("xoxb-123456", "xoxb-123456 and xoxb-123456 are none"), "… and … are none");
  EXPECT_EQ(told("abc", "abc"), "abc") << "a word";
}
