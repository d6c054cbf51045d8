// While archiving fails: what its command is, whether it can be tried by hand from here, what is said of it.
#include "agent/core/text.hpp"
#include "agent/recovery/watch/watch.hpp"

#include <algorithm>
#include <utility>

namespace outrider::recovery {

using core::Task;

namespace {

constexpr std::uint64_t most_log_bytes = 64 * 1024;
constexpr core::Duration look_again = std::chrono::minutes(1);

// Of a file of the server's: it may name it as it is seen from its data directory.
std::string whole_path(const std::string& path, const std::string& data) {
  return path.empty() || path.front() == '/' ? path : data + "/" + path;
}

// Where there is little room: its beginning, and its end, which says why.
std::string in_short(const std::string& words) {
  constexpr std::size_t beginning = 100, end = 150;
  if (words.size() <= beginning + end) return words;
  return core::clean_utf8(words.substr(0, beginning) + " … " + words.substr(words.size() - end));
}

}  // namespace

Task<void> Watch::look_at_archiving() {
  const bool fails = std::any_of(snapshot_.judgements.begin(), snapshot_.judgements.end(),
                                 [](const Judgement& one) { return one.id == "archiver.failing"; });
  const auto& evidence = server_.evidence();
  if (!fails || !evidence || !evidence->archiver || evidence->setting("archive_command") == nullptr) {
    failing_.reset();
    tried_.clear();
    co_return;
  }
  const std::string segment = evidence->archiver->last_failed;
  if (failing_ && failing_->segment != segment) tried_.clear();
  const bool known = failing_ && failing_->segment == segment &&
                     failing_->command == evidence->setting("archive_command")->value &&
                     tools_.clock.wall() - failing_->looked < look_again;
  if (!known) co_await look_into_archiving(segment);
}

Task<void> Watch::look_into_archiving(std::string segment) {
  const Evidence evidence = *server_.evidence();
  FailingArchive failing;
  failing.segment = std::move(segment);
  failing.command = evidence.setting("archive_command")->value;
  failing.read = read_archive_command(failing.command);
  failing.looked = tools_.clock.wall();
  std::string log = settings_.postgres->server_log;
  if (log.empty()) log = co_await server_.log_file();
  auto job = [&] {
    auto server = find_server(evidence);
    const SettingView* const data = evidence.setting("data_directory");
    const std::string path = whole_path(log, data != nullptr ? data->value : std::string());
    // A log by that name on another machine than the server's is another server's.
    if (server && !path.empty()) {
      const auto tail = tools_.files.read_tail(path, most_log_bytes);
      if (tail) failing.log_words = words_in_log(*tail);
    }
    return server;
  };
  const auto server = co_await async::offload(tools_.pool, job);
  if (server)
    failing.server = *server;
  else
    failing.no_server_because = server.error().what;
  failing_ = std::move(failing);
}

// What was tried, or could be, stands beside what fails: on the page, in the gate and on the command line.
Judgements Watch::with_archive_words(Judgements judgements) const {
  if (!failing_) return judgements;
  const std::string words = tried_.empty() ? failing_->explanation() : tried_;
  const auto exit = tried_.find("exited with");
  for (Judgement& one : judgements) {
    if (one.id != "archiver.failing") continue;
    one.sentence += "; " + words;
    const std::string first = exit == std::string::npos ? words : "by hand it " + tried_.substr(exit);
    one.hint = in_short(first) + "; " + one.hint;
  }
  return judgements;
}

}  // namespace outrider::recovery
