#include "agent/recovery/archiving/trial.hpp"

#include "agent/os/as_user.hpp"
#include "agent/os/descriptor.hpp"
#include "agent/os/scratch.hpp"
#include "agent/os/tool.hpp"
#include "agent/wal/names.hpp"

#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

constexpr core::Duration run_limit = std::chrono::minutes(2);
constexpr core::Duration quiet_limit = std::chrono::seconds(20);
constexpr core::Duration between_looks = std::chrono::milliseconds(200);
constexpr std::uint64_t kept_output_bytes = 16 * 1024;
constexpr std::uint64_t room_left = 4;  // times the segment

Outcome<> give(const std::string& path, const ServerHere& server) {
  if (::geteuid() != 0 || ::lchown(path.c_str(), server.owner, server.group) == 0) return {};
  return core::fail(core::system_error("cannot give " + path + " to " + server.user));
}

// A file of the server's own and no other: as root we could read anybody's.
Outcome<os::Descriptor> open_segment(const std::string& path, const ServerHere& server,
                                     std::uint64_t& bytes) {
  os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat state{};
  if (!file || ::fstat(file.number(), &state) != 0)
    return core::fail(core::system_error("cannot open " + path));
  const auto size = static_cast<std::uint64_t>(state.st_size);
  if (!S_ISREG(state.st_mode) || state.st_uid != server.owner || size > wal::most_segment_bytes)
    return core::fail(Errc::denied, path + " is no file of the server's");
  bytes = size;
  return file;
}

// The segment under its own name in a folder of its own. Beside it the queue of the archiver, in which there
// is nothing: tools that look for more to do find none.
Outcome<> copy_segment(os::Files& files, const ServerHere& server, const std::string& name,
                       const std::string& folder) {
  if (folder.empty()) return core::fail(Errc::exhausted, "cannot make a temporary folder");
  std::uint64_t bytes = 0;
  auto from = open_segment(server.data + "/pg_wal/" + name, server, bytes);
  if (!from) return core::fail(from.error());
  const auto free = files.free_bytes(folder);
  if (!free || *free / room_left < bytes)
    return core::fail(Errc::exhausted, "there is not enough room for a copy in " + folder);
  const std::string path = folder + "/" + name, queue = folder + "/archive_status";
  const os::Descriptor to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!to) return core::fail(core::system_error("cannot make " + path));
  for (std::uint64_t done = 0; done < bytes;) {
    const ssize_t sent = ::sendfile(to.number(), from->number(), nullptr, bytes - done);
    if (sent <= 0) return core::fail(core::system_error("cannot copy to " + path));
    done += static_cast<std::uint64_t>(sent);
  }
  if (::mkdir(queue.c_str(), S_IRWXU) != 0) return core::fail(core::system_error("cannot make " + queue));
  for (const std::string& one : {path, queue, folder}) {
    if (auto given = give(one, server); !given) return given;
  }
  return {};
}

// The same tool twice at the same file at the same time is what nobody has tried.
Task<Outcome<>> wait_for_quiet(TrialTools tools, const ServerHere& server) {
  const core::Instant late = tools.clock.now() + quiet_limit;
  for (;;) {
    auto job = [&] { return archiver_is_busy(server); };
    const auto busy = co_await async::offload(tools.pool, job);
    if (!busy) co_return core::fail(busy.error());
    if (!*busy) co_return Outcome<>();
    if (tools.clock.now() > late) co_return core::fail(Errc::busy, "PostgreSQL is at it all the time");
    co_await tools.clock.sleep(between_looks);
  }
}

std::vector<std::string> as_owner(std::vector<std::string> argv, const ServerHere& server) {
  if (::geteuid() != 0) return argv;
  std::vector<std::string> words = os::as_user(server.user, std::to_string(server.group));
  words.insert(words.end(), std::make_move_iterator(argv.begin()), std::make_move_iterator(argv.end()));
  return words;
}

std::string sentence_of(const FailingArchive& failing, const Outcome<os::ToolResult>& ran) {
  const bool test = failing.read.by_hand == ByHand::test;
  const std::string start =
      test ? fmt::format("{} --test, run by hand as {},", failing.read.tool, failing.server->user)
           : fmt::format("the archive command, run by hand as {} on a copy of {},", failing.server->user,
                         failing.segment);
  if (!ran) return fmt::format("{} came to no end: {}", start, shown_words(ran.error().what));
  if (ran->exit.succeeded())
    return start + (test ? " succeeded: what fails is not the way to the archive"
                         : " succeeded: what hindered it is over, and PostgreSQL will find it stored");
  const std::string words = shown_words(ran->errors.empty() ? ran->output : ran->errors);
  return fmt::format("{} {}{}{}", start, ran->exit.sentence(), words.empty() ? "" : ": ", words);
}

}  // namespace

std::string FailingArchive::explanation() const {
  std::string text = fmt::format("to see why, run in its data directory as its owner: {}",
                                 without_secrets(filled_in(command, "pg_wal/" + segment, segment)));
  const std::string why_not = read.by_hand == ByHand::explain ? read.why_not : no_server_because;
  text += why_not.empty() ? " (or let outrider do it: recovery.remedy.mode: do)"
                          : fmt::format(" (outrider does not: {})", why_not);
  if (!log_words.empty()) text += "; the server's log says: " + log_words;
  return text;
}

Task<Outcome<std::string>> try_archiving(TrialTools tools, FailingArchive failing) {
  if (!failing.can_be_run()) co_return core::fail(Errc::unsupported, failing.explanation());
  const ServerHere& server = *failing.server;
  if (!wal::read_name(failing.segment))
    co_return core::fail(Errc::invalid, "the failing file has no name of a WAL file");
  const os::Scratch folder;
  auto job = [&] { return copy_segment(tools.files, server, failing.segment, folder.path()); };
  auto copied = co_await async::offload(tools.pool, job);
  if (!copied) co_return core::fail("the archive command cannot be tried by hand", copied.error());
  auto quiet = co_await wait_for_quiet(tools, server);
  if (!quiet) co_return core::fail("the archive command cannot be tried by hand now", quiet.error());
  os::Command command;
  const std::string path = folder / failing.segment;
  for (const std::string& word : failing.read.argv)
    command.argv.push_back(filled_in(word, path, failing.segment));
  command.argv = as_owner(std::move(command.argv), server);
  command.environment = failing.read.environment;
  command.environment.push_back("PGDATA=" + server.data);
  command.directory = server.data;
  const os::LineListener nobody = [](std::string_view, bool) {};
  auto ran = co_await os::run_tool(tools.processes, tools.clock, std::move(command), run_limit,
                                   kept_output_bytes, nobody);
  co_return sentence_of(failing, ran);
}

}  // namespace outrider::recovery
