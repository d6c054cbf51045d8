#include "agent/notifiers/email/smtp.hpp"

#include "agent/notifiers/fake_smtp.hpp"
#include "agent/notifiers/testing.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;
using namespace outrider::notifiers::email;
using namespace std::chrono_literals;

namespace {

class Smtp : public ::testing::Test {
 protected:
  Smtp() {
    settings.address = "mail:587";
    settings.hello = "school.example";
    settings.timeout = 2s;
    house.nursery.start(server.run());
  }

  std::optional<Delivery> send(std::string mail = "Subject: x\r\n\r\nhello\r\n") {
    std::optional<Delivery> came;
    house.deliveries.start(run(std::move(mail), came));
    for (int i = 0; i < 200 && !came; ++i) house.clock.advance(50ms);
    return came;
  }
  core::Task<void> run(std::string mail, std::optional<Delivery>& came) {
    Envelope envelope{"o@school.example", {"a@school.example", "b@school.example"}};
    Server copy = settings;
    came = co_await send_mail(house.tools, std::move(copy), "email mail:587", std::move(envelope),
                              std::move(mail));
  }
  bool heard(const std::string& line) { return std::ranges::find(server.lines, line) != server.lines.end(); }
  Trouble trouble() {
    const auto came = send();
    EXPECT_TRUE(came && !*came);
    return came && !*came ? came->error() : Trouble{};
  }

  notifiers::testing::House house;
  notifiers::testing::FakeSmtp server{house.streams, "mail:587"};
  Server settings;
};

}  // namespace

TEST_F(Smtp, GoesOverTlsBeforeAnythingIsTold) {
  const auto came = send();
  ASSERT_TRUE(came && *came) << (came ? came->error().error.what : "");
  EXPECT_EQ((*came)->said, "250 queued as 4711");
  EXPECT_EQ(server.lines,
            (std::vector<std::string>{"EHLO school.example", "STARTTLS", "EHLO school.example",
                                      "MAIL FROM:<o@school.example>", "RCPT TO:<a@school.example>",
                                      "RCPT TO:<b@school.example>", "DATA", "QUIT"}));
  EXPECT_TRUE(house.streams.trust_shown("mail:587").has_value());
}

TEST_F(Smtp, NothingIsSentInTheOpenToAServerThatDoesNotOfferTls) {
  server.extensions = {"AUTH PLAIN"};
  EXPECT_EQ(trouble().hope, Hope::mend);
  EXPECT_FALSE(heard("MAIL FROM:<o@school.example>"));
}

TEST_F(Smtp, LogsInAsTheServerLikes) {
  settings.user = "outrider";
  settings.password = config::Secret("pass");
  auto came = send();
  EXPECT_TRUE(came && *came);
  EXPECT_TRUE(
      heard("AUTH PLAIN " + seal::encode(std::string("\0outrider\0pass", 14), seal::Letters::base64)));
  server.extensions = {"STARTTLS", "AUTH LOGIN"};
  came = send();
  EXPECT_TRUE(came && *came);
  EXPECT_TRUE(heard("AUTH LOGIN"));
  EXPECT_TRUE(heard(seal::encode("pass", seal::Letters::base64)));
  server.instead = {{"AUTH", "535 5.7.8 no"}};
  const Trouble found = trouble();
  EXPECT_EQ(found.hope, Hope::mend);
  EXPECT_EQ(found.error.what.find("pass"), std::string::npos);
}

TEST_F(Smtp, WhoIsRefusedDoesNotKeepItFromTheOthers) {
  server.instead = {{"RCPT TO:<a@", "550 no such user"}};
  const auto came = send();
  ASSERT_TRUE(came && *came);
  EXPECT_NE((*came)->missed.find("a@school.example (550 no such user)"), std::string::npos);
  server.instead = {{"RCPT", "550 no such user"}};
  EXPECT_EQ(trouble().hope, Hope::mend);
}

TEST_F(Smtp, ForNowIsAgainAndAMailThatIsRefusedIsGivenUp) {
  server.instead = {{"MAIL", "451 later"}};
  EXPECT_EQ(trouble().hope, Hope::again);
  server.instead = {{".", "554 spam"}};
  EXPECT_EQ(trouble().hope, Hope::never);
  server.instead = {{".", "452 disk full"}};
  EXPECT_EQ(trouble().hope, Hope::again);
}

TEST_F(Smtp, WhenItsLastWordIsLostItIsSentAgain) {
  server.hangs_up_after_data = true;
  EXPECT_EQ(trouble().hope, Hope::again);
  server.hangs_up_after_data = false;
  const auto came = send();
  EXPECT_TRUE(came && *came);
  ASSERT_EQ(server.mails.size(), 2u);
  EXPECT_EQ(server.mails[0], server.mails[1]) << "by its Message-ID it is seen to be one";
}

TEST_F(Smtp, ALineThatIsADotDoesNotEndTheMail) {
  const auto came = send("Subject: x\r\n\r\n.\r\n..two\r\nend\r\n");
  ASSERT_TRUE(came && *came);
  ASSERT_EQ(server.mails.size(), 1u);
  EXPECT_EQ(server.mails[0], "Subject: x\n\n..\n...two\nend\n") << "as it goes over the wire";
}

TEST(Mail, NoTextMakesAHeader) {
  Message message = notifiers::testing::message();
  message.subject = "x\r\nBcc: evil@example.com";
  message.sentence = "y\nX-Evil: 1";
  const std::string mail = mail_of(message, {"o@school.example", {"a@b.example"}});
  EXPECT_EQ(mail.find("\nBcc:"), std::string::npos);
  EXPECT_EQ(mail.substr(0, mail.find("\r\n\r\n")).find("\nX-Evil"), std::string::npos);
  EXPECT_FALSE(is_address("a@b\r\nBcc: c@d"));
  EXPECT_FALSE(is_address("a@b>c"));
  EXPECT_FALSE(is_address("nobody"));
  EXPECT_TRUE(is_address("on.call+x@school.example"));
}

TEST(Mail, SubjectsOfAllLanguagesAreAscii) {
  const std::string text =
      header_text("школа: tests-api пал, очень длинная тема, которая не помещается в одно слово");
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) < 0x80);
  EXPECT_TRUE(text.starts_with("=?UTF-8?B?"));
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find("\r\n", begin), text.size());
    EXPECT_LE(end - begin, 76u);
    begin = end + 2;
  }
  EXPECT_EQ(header_text("plain"), "plain");
}

TEST(Mail, QuotedPrintableKeepsItsLinesShort) {
  const std::string text = quoted_printable(std::string(200, 'a') + "=é \nnext");
  EXPECT_NE(text.find("=3D=C3=A9=20\r\nnext"), std::string::npos) << text;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find("\r\n", begin), text.size());
    EXPECT_LE(end - begin, 76u);
    begin = end + 2;
  }
}

TEST(Mail, TheDateIsThatOfMails) {
  EXPECT_EQ(mail_date(core::WallTime(1'795'260'363s)), "Sat, 21 Nov 2026 11:26:03 +0000");
}
