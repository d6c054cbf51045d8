// What is no configuration at all gets a clear answer in under a second and under 64 MiB, each in a process
// of its own, measured.
#include "agent/config/load.hpp"
#include "agent/config/node.hpp"
#include "agent/config/testing.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider::config;
using ::testing::HasSubstr;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool measured = false;  // the sanitizer's own memory and time would be measured
#else
constexpr bool measured = true;
#endif

class Limits : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "limits.XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string file(const std::string& content) {
    const std::string path = directory_ + "/x.yaml";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  // What a process of its own says of the file.
  std::string answer(const std::string& path, bool as_nobody = false) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      if (as_nobody && ::setuid(65534) != 0) ::_exit(2);
      Report report = open_file(path, process_environment());
      if (report.clean()) (void)parse(report);
      const std::string text = report.text();
      const bool written = ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
      ::_exit(written ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text(1 << 16, '\0');
    std::size_t filled = 0;
    for (ssize_t count = 1; count > 0; filled += static_cast<std::size_t>(std::max<ssize_t>(count, 0)))
      count = ::read(ends[0], text.data() + filled, text.size() - filled);
    ::close(ends[0]);
    text.resize(filled);
    int status = 0;
    struct rusage used{};
    EXPECT_EQ(::wait4(child, &status, 0, &used), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "it died: " << status;
    if (measured) {
      EXPECT_LT(used.ru_maxrss, 64 * 1024) << "KiB";
      const double seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                             static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
      EXPECT_LT(seconds, 1.0);
    }
    return text;
  }

  std::string directory_;
};

std::string times(std::string_view piece, std::size_t count) {
  std::string text;
  text.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

constexpr std::size_t much =
    measured ? 1'000'000 : 50'000;  // just below the limit of a file, or what a sanitizer can bear

}  // namespace

TEST_F(Limits, AFileOfAHundredMegabytesIsNotEvenRead) {
  const std::string path = file("a: 1\n");
  ASSERT_EQ(::truncate(path.c_str(), 100'000'000), 0);
  EXPECT_EQ(answer(path), path + ": it is 95.37 MiB long; at most 1 MiB are read\n");
}

TEST_F(Limits, ATextOfAHundredMegabytesIsRefusedToo) {
  const Report report("t.yaml", std::string(100'000'000, 'a'), empty_environment());
  EXPECT_EQ(report.text(), "t.yaml: it is 95.37 MiB long; at most 1 MiB are read\n");
}

TEST_F(Limits, ABillionLaughs) {
  std::string text = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    text += std::string(1, c) + ": &" + c + " [" + times(before + ", ", 8) + before + "]\n";
  }
  EXPECT_THAT(answer(file(text)), HasSubstr("it stands for more than 20000 values"));
}

TEST_F(Limits, ABombOfMerges) {
  std::string text = "x-a: &a {";
  for (int i = 0; i < 1000; ++i) text += "k" + std::to_string(i) + ": 1, ";
  text += "}\n";
  for (int i = 0; i < 5000; ++i) text += "b" + std::to_string(i) + ": {<<: *a}\n";
  EXPECT_THAT(answer(file(text)), HasSubstr("it stands for more than 20000 values"));
}

TEST_F(Limits, DepthHiddenInAliases) {
  std::string text = "y0: &y0 " + times("[", 50) + times("]", 50) + "\n";
  for (int i = 1; i < 900; ++i) {
    const std::string name = "y" + std::to_string(i);
    text += name + ": &" + name + " " + times("[", 50) + "*y" + std::to_string(i - 1) + times("]", 50) + "\n";
  }
  EXPECT_THAT(answer(file(text)), HasSubstr("it is nested more than 64 deep"));
}

TEST_F(Limits, InvalidUtf8IsToldAtItsByte) {
  const std::string path = file("name: x\nother: caf\xe9\n");
  EXPECT_EQ(answer(path),
            path +
                ":2:11: the byte 0xe9 is not UTF-8\n    2 | other: caf\xef\xbf\xbd\n      |           ^\n"
                "  hint: save the file as UTF-8\n");
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
    EXPECT_THAT(answer(file(std::string("a: ") + bad)), HasSubstr("is not UTF-8")) << bad;
}

TEST_F(Limits, BinaryFilesAreCalledThat) {
  EXPECT_THAT(answer("/proc/self/exe"), HasSubstr("at most 1 MiB are read"));
  EXPECT_THAT(answer(file(std::string("\x7f"
                                      "ELF\0\0\0\x02",
                                      8))),
              HasSubstr("it is a binary file, not YAML"));
  EXPECT_THAT(answer(file(std::string("\xff\xfe"
                                      "a\0:\0",
                                      6))),
              HasSubstr("it is UTF-16 text"));
  EXPECT_THAT(answer(file("\x1f\x8b\x08")), HasSubstr("the control character 0x1f may not stand here"));
}

TEST_F(Limits, WhatIsNoFileIsSaid) {
  EXPECT_EQ(answer(directory_), directory_ + ": it is a directory, not a file\n");
  EXPECT_EQ(answer(directory_ + "/no"), directory_ + "/no: cannot read it: No such file or directory\n");
  EXPECT_THAT(answer("/dev/zero"), HasSubstr("it is not a regular file"));
  const std::string pipe = directory_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(answer(pipe), HasSubstr("it is not a regular file")) << "and it does not wait for a writer";
  EXPECT_THAT(answer(file("")), HasSubstr("it is empty"));
}

TEST_F(Limits, AnUnreadableFileIsSaid) {
  const std::string path = file("a: 1\n");
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  ASSERT_EQ(::chmod(directory_.c_str(), 0755), 0);
  EXPECT_EQ(answer(path, ::geteuid() == 0), path + ": cannot read it: Permission denied\n");
}

// Everything that makes a scanner look ahead, nest, repeat or copy.
TEST_F(Limits, NothingMakesTheReaderSlowOrLarge) {
  const std::vector<std::string> pieces{
      "[",      "{",       "- ",     "? ",    "# x\n",   "\n",   "a",           "\"",    "'a",      "&a ",
      "!a ",    "*a ",     "a: b\n", "- a\n", "a,",      ": ",   "%",           "---\n", "\t",      " ",
      "[a,\n ", "{a: \n ", "{\n ",   "[\n ",  "<",       "|\n ", "a: |\n  x\n", "é",     "\"a\": ", "\\",
      "${",     "$$",      "-\n",    "? a\n", "&a [\n ", "!<",   "%TAG ! x\n"};
  for (const std::string& piece : pieces) {
    for (const char* before : {"", "name: ", "name: \"", "[", "{", "name: >\n  "}) {
      const std::string text = before + times(piece, much / piece.size());
      const std::string said = answer(file(text));
      // At the length that a sanitizer bears, a text is no longer refused for its length.
      EXPECT_FALSE(measured && said.empty() && piece != "a: |\n  x\n") << before << piece;
    }
  }
}
