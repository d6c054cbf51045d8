// outrider selftest: the promise, tried out on a disk of the user's.
#include "agent/async/river.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/selftest/selftest.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/os/program.hpp"
#include "agent/os/random.hpp"

#include <filesystem>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t least_seconds = 3, most_seconds = 3600;

core::Outcome<std::uint64_t> number_of(const Line& line, std::string_view name, std::uint64_t usual,
                                       std::uint64_t least, std::uint64_t most) {
  const auto word = line.value(name);
  if (!word) return usual;
  const auto number = core::read_number<std::uint64_t>(*word);
  if (number && *number >= least && *number <= most) return *number;
  return core::fail(core::Errc::invalid, fmt::format("cannot take --{} {}", name, *word),
                    fmt::format("it is a whole number from {} to {}", least, most));
}

std::string show_disk(const DiskFacts& disk) {
  return fmt::format(
      "{}: {}, {}, {}, {}", disk.type.empty() ? "unknown" : disk.type,
      disk.knows_births ? "knows when a file was born" : "does NOT know when a file was born",
      disk.tells_news ? "tells of what is written" : "does NOT tell of what is written (inotify)",
      disk.keeps_identity ? "a renamed file stays the same" : "a renamed file is ANOTHER",
      disk.keeps_deleted ? "what is open outlives its deletion" : "what is open is GONE when it is deleted");
}

void tell_person(Terminal& terminal, const SelftestFindings& found, const std::string& left_in) {
  std::ostream& out = terminal.out();
  const auto row = [&out](std::string_view name, const std::string& text) {
    out << fmt::format("  {:<12} {}\n", name, text);
  };
  row("file system", terminal.paint(Paint::plain, show_disk(found.disk)));
  row("written",
      fmt::format("{} lines, through {} rotations (renamed, packed, copied and truncated); {} files "
                  "deleted once they were read",
                  found.written, found.rotations, found.deleted));
  row("the agent", fmt::format("was killed {} times with -9", found.kills));
  const auto& lines = found.lines;
  row("arrived", fmt::format("{} lines exactly once, {} lost, {} twice, {} not as they were written",
                             lines.once, lines.lost.size(), lines.twice.size(), lines.spoilt));
  if (!lines.lost.empty()) row("lost", show_numbers(lines.lost));
  if (!lines.twice.empty()) row("twice", show_numbers(lines.twice));
  if (found.as_promised()) {
    out << terminal.paint(Paint::good, "Nothing was lost, and nothing came twice.") << "\n" << std::flush;
    return;
  }
  for (const std::string& sentence : found.said) out << terminal.paint(Paint::faint, "  " + sentence) << "\n";
  out << terminal.paint(Paint::bad, "This is not as promised.")
      << " What was written and what arrived is left in " << terminal.paint(Paint::plain, left_in) << "\n"
      << std::flush;
}

json::array to_json(const std::vector<std::uint64_t>& numbers) {
  constexpr std::size_t most = 1000;
  return json::array(numbers.begin(),
                     numbers.begin() + static_cast<std::ptrdiff_t>(std::min(numbers.size(), most)));
}

void tell_program(Terminal& terminal, const SelftestFindings& found, const std::string& left_in) {
  const json::object disk{{"type", found.disk.type},
                          {"knows_births", found.disk.knows_births},
                          {"tells_news", found.disk.tells_news},
                          {"keeps_identity", found.disk.keeps_identity},
                          {"keeps_deleted", found.disk.keeps_deleted}};
  json::object body{{"schema", 1},
                    {"as_promised", found.as_promised()},
                    {"disk", disk},
                    {"written", found.written},
                    {"rotations", found.rotations},
                    {"kills", found.kills},
                    {"once", found.lines.once},
                    {"lost", found.lines.lost.size()},
                    {"twice", found.lines.twice.size()},
                    {"spoilt", found.lines.spoilt},
                    {"first_lost", to_json(found.lines.lost)},
                    {"first_twice", to_json(found.lines.twice)}};
  if (!found.as_promised()) body["left_in"] = left_in;
  terminal.out() << json::serialize(body) << "\n" << std::flush;
}

core::Task<void> live(Selftest& test, async::Executor river,
                      std::optional<core::Outcome<SelftestFindings>>& found) {
  auto living = test.live(std::move(river));
  found = co_await std::move(living);
}

int carry_out(const Setting& setting, SelftestPlan plan) {
  const auto files = os::make_files();
  const auto free = files->free_bytes(plan.directory);
  if (!free) return report(setting, free.error(), exit_unknown);
  const std::uint64_t most = most_bytes_of(plan);
  if (*free < 2 * most) {
    return report(
        setting,
        core::Error(
            core::Errc::exhausted,
            fmt::format("cannot test in {}: {} are free", plan.directory, core::show_bytes(*free)),
            fmt::format("up to {} are taken, and as much again must stay free", core::show_bytes(most))),
        exit_unknown);
  }
  const auto dice = os::make_random();
  plan.directory += fmt::format("/outrider-selftest-{:08x}", dice->below(1ull << 32));
  plan.program = os::program_path();
  setting.terminal.err()
      << printable(fmt::format(
             "For {} lines are written in {}, and the agent that follows them is killed again and again. "
             "Up to {} of the disk are taken, and given back at the end.",
             core::show_duration(plan.time), plan.directory, core::show_bytes(most)))
      << "\n"
      << std::flush;
  const auto watched = os::make_watched_files();
  const auto processes = os::make_processes();
  const auto random = os::make_seeded_random(plan.seed);
  Selftest test({*files, *watched, *processes, *setting.actions.clock, *random}, plan);
  std::optional<core::Outcome<SelftestFindings>> found;
  async::run_here([&](async::Executor river) { return live(test, std::move(river), found); });
  const bool good = found && *found && (*found)->as_promised();
  std::error_code ignored;
  if (good || !found || !*found) std::filesystem::remove_all(plan.directory, ignored);
  if (!found) return exit_unknown;
  if (!*found) return report(setting, found->error(), exit_unknown);
  setting.line.json() ? tell_program(setting.terminal, **found, plan.directory)
                      : tell_person(setting.terminal, **found, plan.directory);
  return good ? exit_ok : exit_warning;
}

}  // namespace

int selftest(const Setting& setting) {
  const auto seconds = number_of(setting.line, "seconds", 30, least_seconds, most_seconds);
  if (!seconds) return report(setting, seconds.error(), exit_usage);
  const auto seed = number_of(setting.line, "seed", 1, 0, 1u << 31);
  if (!seed) return report(setting, seed.error(), exit_usage);
  std::error_code problem;
  SelftestPlan plan;
  plan.directory = std::filesystem::canonical(setting.line.value("dir").value_or("."), problem).string();
  if (problem) {
    return report(setting,
                  core::Error(core::Errc::not_found, "cannot test there: " + problem.message(),
                              "--dir is a directory on the disk that is to be tried"),
                  exit_unknown);
  }
  plan.time = std::chrono::seconds(*seconds);
  plan.seed = *seed;
  return carry_out(setting, std::move(plan));
}

}  // namespace outrider::cli
