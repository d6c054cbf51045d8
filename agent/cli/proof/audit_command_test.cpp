#include "agent/audit/line.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/test_kit.hpp"

#include <filesystem>
#include <fstream>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;

namespace {

class AuditCommandTest : public TypedCommand {
 protected:
  AuditCommandTest() {
    actions_.premises = [this](const std::string&) -> core::Outcome<Premises> {
      Premises premises;
      premises.state_directory = state_;
      return premises;
    };
    std::string pattern = (std::filesystem::temp_directory_path() / "audit-XXXXXX").string();
    state_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(state_ + "/audit");
    audit::Draft intent;
    intent.time = "2026-11-21T12:00:00.000Z";
    intent.phase = "intent";
    intent.actor = "supervise";
    intent.action = "restart";
    intent.target = "tests-api";
    intent.reason = "it died\x1b[2J";
    lines_ = audit::write_line(intent, 1, audit::no_hash);
    audit::Draft result;
    result.time = "2026-11-21T12:00:01.000Z";
    result.phase = "result";
    result.intent = 1;
    result.succeeded = true;
    result.result = "started: pid 5";
    const std::string last = audit::write_line(result, 2, audit::hash_of_line(lines_));
    lines_ += last;
    write("audit.jsonl", lines_);
    write("audit.head", audit::write_head({2, audit::hash_of_line(last), {}}));
  }
  ~AuditCommandTest() override { std::filesystem::remove_all(state_); }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(state_ + "/audit/" + name) << content;
  }

  std::string state_;
  std::string lines_;
};

}  // namespace

TEST_F(AuditCommandTest, AnIntactChainIsFine) {
  EXPECT_EQ(outrider({"audit", "verify"}), exit_ok) << out_.str();
  EXPECT_NE(out_.str().find("✓ the chain is intact: 2 entries"), std::string::npos) << out_.str();
  EXPECT_EQ(outrider({"audit", "verify", "--state", state_, "-o", "json"}), exit_ok);
  EXPECT_TRUE(boost::json::parse(out_.str()).at("intact").as_bool());
}

TEST_F(AuditCommandTest, AChangedEntryIsCritical) {
  std::string changed = lines_;
  changed.replace(changed.find("it died"), 7, "it slep");
  write("audit.jsonl", changed);
  EXPECT_EQ(outrider({"audit", "verify"}), exit_critical);
  EXPECT_NE(out_.str().find("✗ the chain is broken"), std::string::npos) << out_.str();
}

TEST_F(AuditCommandTest, AnEntryThatHadLeftTheMachineAndIsNotHereIsCritical) {
  write("carried.jsonl", lines_);
  EXPECT_EQ(outrider({"audit", "verify", "--against", state_ + "/audit/carried.jsonl"}), exit_ok)
      << out_.str();
  EXPECT_NE(out_.str().find("compared with 2 entries that were carried away, up to number 2"),
            std::string::npos);
  // Cut off, and a head made that fits.
  const std::string first = lines_.substr(0, lines_.find('\n') + 1);
  write("audit.jsonl", first);
  write("audit.head", audit::write_head({1, audit::hash_of_line(first), {}}));
  EXPECT_EQ(outrider({"audit", "verify"}), exit_ok);
  EXPECT_EQ(outrider({"audit", "verify", "--against", state_ + "/audit/carried.jsonl"}), exit_critical);
  EXPECT_NE(out_.str().find("1 of the entries that were carried away are not here: 2 to 2"),
            std::string::npos);
  write("carried.jsonl", "{}\n");
  EXPECT_EQ(outrider({"audit", "verify", "--against", state_ + "/audit/carried.jsonl"}), exit_unknown);
}

TEST_F(AuditCommandTest, NoJournalAtAllIsUnknownNotIntact) {
  EXPECT_EQ(outrider({"audit", "verify", "--state", state_ + "/mistyped"}), exit_unknown);
  EXPECT_NE(err_.str().find("cannot find an audit journal at " + state_ + "/mistyped/audit"),
            std::string::npos);
}

TEST_F(AuditCommandTest, EntriesAreShownAsSentencesThatCannotCommandTheTerminal) {
  EXPECT_EQ(outrider({"audit", "show"}), exit_ok);
  EXPECT_EQ(out_.str(),
            "2026-11-21T12:00:00.000Z  #1 supervise means to restart tests-api: it died\\x1b[2J\n"
            "2026-11-21T12:00:01.000Z  #2 of #1: succeeded: started: pid 5\n");
  EXPECT_EQ(outrider({"audit", "show", "-n", "1"}), exit_ok);
  EXPECT_EQ(out_.str(), "2026-11-21T12:00:01.000Z  #2 of #1: succeeded: started: pid 5\n");
}
