#include "agent/sources/journald/reading/entry_text.hpp"

#include "agent/lines/json.hpp"
#include "agent/sources/journald/disk/bad_files.hpp"
#include "agent/sources/journald/disk/library.hpp"
#include "agent/sources/journald/reading/cursor.hpp"
#include "agent/sources/journald/test_journal.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using namespace outrider::sources::journald;
using namespace outrider::sources::journald::testing;

namespace {

struct Read {
  telemetry::Record record;
  std::string text, writer;
  std::map<std::string, std::string> fields;
  bool partial = false;
};

Read read(Fields fields, Clock clock = Clock::received, bool all = false) {
  Disk disk;
  disk.entries.push_back({1, "aaaa", 1, std::move(fields)});
  TestJournal journal(disk);
  EXPECT_TRUE(journal.next());
  EntryText entry(clock, all);
  Read out;
  const auto text = entry.read(journal, out.record);
  EXPECT_TRUE(text);
  const auto envelope = telemetry::open_envelope(*text);
  EXPECT_TRUE(envelope);
  out.text = envelope->text;
  out.writer = envelope->writer;
  out.partial = envelope->partial;
  std::vector<lines::Member> members;
  EXPECT_TRUE(lines::scan_object(envelope->fields, members)) << envelope->fields;
  for (const auto& member : members) out.fields.emplace(member.key, member.value);
  return out;
}

}  // namespace

TEST(EntryText, FieldsHaveTheirNamesInTheCommonSchema) {
  Read one = read({{"MESSAGE", "hello"},
                   {"PRIORITY", "4"},
                   {"SYSLOG_FACILITY", "3"},
                   {"SYSLOG_IDENTIFIER", "api"},
                   {"_PID", "42"},
                   {"_COMM", "tests-api"},
                   {"_EXE", "/usr/bin/tests-api"},
                   {"_CMDLINE", "tests-api --port \"80\""},
                   {"_UID", "33"},
                   {"_SYSTEMD_UNIT", "tests-api.service"},
                   {"_HOSTNAME", "node-1"},
                   {"_MACHINE_ID", "m"},
                   {"_BOOT_ID", "b"},
                   {"_TRANSPORT", "stdout"},
                   {"CONTAINER_ID_FULL", "c0ffee"},
                   {"CODE_FILE", "a.c"},
                   {"CODE_LINE", "7"},
                   {"SOMETHING", "else"}});
  EXPECT_EQ(one.text, "hello");
  EXPECT_EQ(one.record.severity, telemetry::Severity::warn);
  EXPECT_EQ(one.record.time, core::WallTime(1'795'260'363'000'001us));
  EXPECT_EQ(one.writer, "42");
  EXPECT_EQ(one.fields,
            (std::map<std::string, std::string>{{"event.dataset", R"("journald")"},
                                                {"log.syslog.severity.code", "4"},
                                                {"log.syslog.severity.name", R"("warning")"},
                                                {"log.syslog.facility.code", "3"},
                                                {"log.syslog.appname", R"("api")"},
                                                {"service.name", R"("tests-api")"},
                                                {"systemd.unit", R"("tests-api.service")"},
                                                {"systemd.transport", R"("stdout")"},
                                                {"process.pid", "42"},
                                                {"process.name", R"("tests-api")"},
                                                {"process.executable", R"("/usr/bin/tests-api")"},
                                                {"process.command_line", R"("tests-api --port \"80\"")"},
                                                {"user.id", R"("33")"},
                                                {"host.name", R"("node-1")"},
                                                {"host.id", R"("m")"},
                                                {"host.boot.id", R"("b")"},
                                                {"container.id", R"("c0ffee")"},
                                                {"log.origin.file.name", R"("a.c")"},
                                                {"log.origin.file.line", "7"}}));
}

TEST(EntryText, OthersAreKeptWhereTheyAreWantedAndListsWhereTheyRepeat) {
  Read one = read({{"MESSAGE", "m"}, {"JOB", "1"}, {"TAG", "a"}, {"TAG", "b\n"}, {"_SELINUX", "x"}},
                  Clock::received, true);
  EXPECT_EQ(one.fields["journald.job"], R"("1")");
  EXPECT_EQ(one.fields["journald.tag"], R"(["a","b\n"])");
  EXPECT_EQ(one.fields["journald._selinux"], R"("x")");
}

TEST(EntryText, OfAFieldThatIsThereTwiceTheFirstCounts) {
  Read one = read({{"MESSAGE", "first"}, {"MESSAGE", "second"}, {"PRIORITY", "3"}, {"PRIORITY", "7"}});
  EXPECT_EQ(one.text, "first");
  EXPECT_EQ(one.record.severity, telemetry::Severity::error);
}

TEST(EntryText, BytesThatAreNoTextAreRepairedAndMarked) {
  Read one = read({{"MESSAGE", std::string("a\xFF\0z", 4)}, {"_CMDLINE", "\xC3"}});
  EXPECT_EQ(one.text, std::string("a\xEF\xBF\xBD\0z", 6));
  EXPECT_EQ(one.record.marks, telemetry::mark_repaired);
  EXPECT_EQ(one.fields["process.command_line"], "\"\xEF\xBF\xBD\"");
}

TEST(EntryText, WhatIsVeryLargeIsCutAndSaysSo) {
  Read one =
      read({{"MESSAGE", std::string(3 << 20, 'm')}, {"A", std::string(1 << 20, 'a')}}, Clock::received, true);
  EXPECT_EQ(one.text.size(), EntryText::longest_message);
  EXPECT_EQ(one.fields["journald.a"].size(), EntryText::longest_value + 2);
  EXPECT_EQ(one.fields["journald.cut"], "true");
  Fields many;
  for (int i = 0; i < 100; ++i) many.emplace_back("F" + std::to_string(i), std::string(20'000, 'x'));
  one = read(many, Clock::received, true);
  EXPECT_LE(one.fields.size(), 20u);
  EXPECT_EQ(one.fields["journald.cut"], "true");
}

TEST(EntryText, AnEntryMayHaveNoMessageAndWordsForNumbers) {
  Read one = read({});
  EXPECT_EQ(one.text, "");
  EXPECT_EQ(one.record.bytes, 1u);
  EXPECT_EQ(one.record.severity, telemetry::Severity::unspecified);
  one = read({{"PRIORITY", "nine"}, {"_PID", "x"}, {"SYSLOG_IDENTIFIER", "kernel"}});
  EXPECT_EQ(one.record.severity, telemetry::Severity::unspecified);
  EXPECT_EQ(one.fields.count("process.pid"), 0u);
  EXPECT_EQ(one.fields["service.name"], R"("kernel")");
}

TEST(EntryText, TheTimeIsJournaldsOrTheWriters) {
  const Fields fields{{"_SOURCE_REALTIME_TIMESTAMP", "1700000000000000"}};
  EXPECT_EQ(read(fields).record.time, core::WallTime(1'795'260'363'000'001us));
  EXPECT_EQ(read(fields, Clock::sent).record.time, core::WallTime(1'700'000'000s));
  EXPECT_GT(read({{"_SOURCE_REALTIME_TIMESTAMP", "18446744073709551615"}}, Clock::sent).record.time,
            core::WallTime(1'700'000'000s))
      << "a damaged file may say anything";
  EXPECT_EQ(read({}, Clock::sent).record.time, core::WallTime(1'795'260'363'000'001us));
}

TEST(EntryText, LinesThatJournaldHasSplitGoOn) {
  EXPECT_TRUE(read({{"_LINE_BREAK", "line-max"}}).partial);
  EXPECT_FALSE(read({{"_LINE_BREAK", "eof"}}).partial);
}

TEST(JournalCursor, SaysSequenceAndNumber) {
  const auto cursor = read_cursor("s=c99b8a69;i=1f;b=0123;m=f4240;t=60a2;x=81");
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->sequence, "c99b8a69");
  EXPECT_EQ(cursor->number, 31u);
  for (const char* bad :
       {"", "-", "s=;i=1", "s=a", "i=1", "s=a;i=", "s=a;i=zz", "s=a;i=0", "s=a;i=fffffffffffffffff"})
    EXPECT_FALSE(read_cursor(bad)) << bad;
}

TEST(JournalLibrary, ThatIsMissingIsSaidWithWhatToInstall) {
  const auto loaded = load_library("libsystemd-of-nobody.so.0");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().what.find("cannot load libsystemd-of-nobody.so.0"), std::string::npos);
  EXPECT_EQ(loaded.error().hint, "install the package libsystemd0");
  const auto other = load_library("libc.so.6");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().what.find("it has no sd_"), std::string::npos) << other.error().what;
}

TEST(JournalDirectories, AreTheSystemsTheNamespacesOrTheGivenOne) {
  Settings settings;
  EXPECT_EQ(directories_of(settings, "abc"),
            (std::vector<std::string>{"/var/log/journal/abc", "/run/log/journal/abc"}));
  settings.name_space = "noisy";
  EXPECT_EQ(directories_of(settings, "abc")[0], "/var/log/journal/abc.noisy");
  settings.directory = "/host/journal";
  EXPECT_EQ(directories_of(settings, "abc"), (std::vector<std::string>{"/host/journal"}));
}
