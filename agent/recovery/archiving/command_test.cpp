#include "agent/recovery/archiving/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Row {
  const char* command;
  ByHand by_hand;
  const char* words;  // of why not, or the argv as one text
};

std::string joined(const ArchiveCommand& command) {
  std::string text;
  for (const auto& word : command.argv) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

TEST(ArchiveCommand, OnlyWhatCannotStandInTheWayIsRun) {
  const std::vector<Row> table = {
      {"pgbackrest --stanza=main archive-push %p", ByHand::push,
       "pgbackrest --no-archive-async --stanza=main archive-push %p"},
      {"/usr/bin/pgbackrest --archive-async --stanza=main archive-push \"%p\"", ByHand::push,
       "/usr/bin/pgbackrest --no-archive-async --stanza=main archive-push %p"},
      {"PGBACKREST_STANZA=main exec pgbackrest archive-push '%p'", ByHand::push,
       "pgbackrest --no-archive-async archive-push %p"},
      {"nice -n 10 timeout -k 5 60 wal-g wal-push %p", ByHand::push,
       "nice -n 10 timeout -k 5 60 wal-g wal-push %p"},
      {"envdir /etc/wal-g.d/env /usr/local/bin/wal-g wal-push %p", ByHand::push,
       "envdir /etc/wal-g.d/env /usr/local/bin/wal-g wal-push %p"},
      {"env WALG_S3_PREFIX=s3://b wal-g wal-push %p", ByHand::push,
       "env WALG_S3_PREFIX=s3://b wal-g wal-push %p"},
      {"barman-wal-archive backup main %p", ByHand::test, "barman-wal-archive --test backup main %p"},
      {"barman-cloud-wal-archive s3://b main %p", ByHand::test,
       "barman-cloud-wal-archive --test s3://b main %p"},
      {"pgbackrest --stanza=main archive-push pg_wal/%f", ByHand::explain, "%p"},
      {"pgbackrest --stanza=main archive-get %f %p", ByHand::explain, "no pgbackrest archive-push"},
      {"pgbackrest archive-push %p || true", ByHand::explain, "shell script"},
      {"pgbackrest archive-push %p; exit 0", ByHand::explain, "shell script"},
      {"wal-g wal-push %p > /tmp/log 2>&1", ByHand::explain, "shell script"},
      {"wal-g wal-push \"$(readlink -f %p)\"", ByHand::explain, "shell script"},
      {"pgbackrest archive-push '%p", ByHand::explain, "shell script"},
      {"test ! -f /archive/%f && cp %p /archive/%f", ByHand::explain, "fail for ever"},
      {"[ ! -e /archive/%f ] && cp %p /archive/%f", ByHand::explain, "fail for ever"},
      {"cp -n %p /archive/%f", ByHand::explain, "fail for ever"},
      {"sh -c 'test ! -f /archive/%f && cp %p /archive/%f'", ByHand::explain, "fail for ever"},
      {"cp %p /archive/%f", ByHand::explain, "cannot be told"},
      {"mv %p /archive/%f", ByHand::explain, "cannot be told"},
      {"rsync -a %p backup:/archive/%f", ByHand::explain, "second run of rsync"},
      {"pg_probackup archive-push -B /b --instance=main --wal-file-name=%f", ByHand::explain, "pg_probackup"},
      {"/usr/local/bin/archive.sh %p %f", ByHand::explain, "second run of archive.sh"},
      {"my-pgbackrest archive-push %p", ByHand::explain, "second run of my-pgbackrest"},
      {"", ByHand::explain, "no program"},
      {"env", ByHand::explain, "no program"}};
  for (const Row& row : table) {
    const ArchiveCommand read = read_archive_command(row.command);
    EXPECT_EQ(read.by_hand, row.by_hand) << row.command;
    if (row.by_hand == ByHand::explain) {
      EXPECT_THAT(read.why_not, HasSubstr(row.words)) << row.command;
      EXPECT_TRUE(read.argv.empty()) << "what is not run has no words to run: " << row.command;
    } else {
      EXPECT_EQ(joined(read), row.words) << row.command;
      EXPECT_TRUE(read.why_not.empty());
    }
  }
  EXPECT_THAT(read_archive_command("A=1 B='x y' wal-g wal-push %p").environment, ElementsAre("A=1", "B=x y"));
}

TEST(ArchiveCommand, IsFilledInAsPostgreSQL15DoesIt) {
  const auto filled = [](const char* text) { return filled_in(text, "pg_wal/05", "05"); };
  EXPECT_EQ(filled("cp %p /a/%f"), "cp pg_wal/05 /a/05");
  EXPECT_EQ(filled("date +%%s; cp \"%p\" %f.gz"), "date +%s; cp \"pg_wal/05\" 05.gz");
  EXPECT_EQ(filled("%%p %%%p 100%x %"), "%p %pg_wal/05 100%x %") << "any other % is a %";
  EXPECT_EQ(filled(""), "");
}

TEST(ShownWords, HoldNoSecrets) {
  for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
           {"--repo1-s3-key-secret=abc/def+1 archive-push", "--repo1-s3-key-secret=*** archive-push"},
           {"AWS_SECRET_ACCESS_KEY='a b' x", "AWS_SECRET_ACCESS_KEY=*** x"},
           {"password=abc, host=db", "password=***, host=db"},
           {"--password abc --stanza main", "--password *** --stanza main"},
           {"postgres://joe:pw@db:5432/x", "postgres://***@db:5432/x"},
           {"https://blob/x?sv=1&sig=aaa&se=2", "https://blob/x?sv=1&sig=***&se=2"},
           {"Authorization: Bearer abc\nnext", "Authorization: ***\nnext"},
           {"X-Amz-Signature=abc&X-Amz-Date=1", "X-Amz-Signature=***&X-Amz-Date=1"},
           {"ERROR: [041]: unable to open file '/repo/x' for write: [13] Permission denied",
            "ERROR: [041]: unable to open file '/repo/x' for write: [13] Permission denied"},
           {"s3://bucket/path --stanza=main", "s3://bucket/path --stanza=main"}}) {
    EXPECT_EQ(without_secrets(text), shown);
  }
}

TEST(ShownWords, AreTheLastOnesInOneLineWhateverTheyAre) {
  EXPECT_EQ(shown_words("a\n\n  b \r\nc"), "a / b / c");
  EXPECT_EQ(shown_words("1\n2\n3\n4\n5\n6\n7\n8"), "3 / 4 / 5 / 6 / 7 / 8");
  EXPECT_EQ(shown_words("P00   WARN: x\nERROR: [103]: none:\n  repo1: no\n"),
            "ERROR: [103]: none: / repo1: no");
  EXPECT_EQ(shown_words(""), "");
  const std::string bytes = shown_words("\x1b[31mred\xff\xfe");
  EXPECT_THAT(bytes, HasSubstr("red"));
  EXPECT_THAT(bytes, Not(HasSubstr("\x1b")));
  EXPECT_THAT(bytes, Not(HasSubstr("\xff")));
  EXPECT_LE(shown_words(std::string(100'000, 'x')).size(), 810u);
  EXPECT_LE(shown_words(std::string(100'000, '\xff')).size(), 2500u) << "each is three bytes then";
}

TEST(WordsInLog, AreTheCommandsOwnAndItsExitCode) {
  const std::string log =
      "2026-11-21 17:00:01 UTC [7] LOG:  checkpoint complete\n"
      "ERROR: [041]: unable to open /repo: first\n"
      "2026-11-21 17:00:02 UTC [9] LOG:  archive command failed with exit code 41\n"
      "2026-11-21 17:00:02 UTC [9] DETAIL:  The failed archive command was: pgbackrest archive-push "
      "pg_wal/05\n"
      "P00   WARN: a warning\n"
      "ERROR: [041]: unable to open /repo: last\n"
      "       HINT: is it mounted?\n"
      "2026-11-21 17:00:03 UTC [9] LOG:  archive command failed with exit code 41\n"
      "2026-11-21 17:00:03 UTC [9] DETAIL:  The failed archive command was: pgbackrest archive-push "
      "pg_wal/05\n"
      "2026-11-21 17:00:04 UTC [11] LOG:  something else\n";
  EXPECT_EQ(words_in_log(log),
            "P00   WARN: a warning / ERROR: [041]: unable to open /repo: last / HINT: is it mounted? / "
            "2026-11-21 17:00:03 UTC [9] LOG:  archive command failed with exit code 41");
  EXPECT_EQ(words_in_log("2026-11-21 LOG:  all is well\n"), "");
  EXPECT_EQ(words_in_log(""), "");
}

}  // namespace outrider::recovery
