// Which files there are, which of them are the same under another name, and when one is over. On the river,
// and without waiting: what has to be asked of the disk is asked by the scout, and told here.
#pragma once

#include "agent/core/log.hpp"
#include "agent/tail/files/look.hpp"
#include "agent/tail/files/part.hpp"
#include "agent/tail/files/settings.hpp"
#include "agent/tail/parts/meters.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace outrider::tail {

// Who reads the parts: one for each sink.
class Reader {
 public:
  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  virtual ~Reader() = default;

  virtual void enqueue(const PartPointer& part) = 0;                // there may be more of it
  virtual std::uint64_t settled(const std::string& key) const = 0;  // of a part; outlives the agent
  virtual void forget(const std::string& key) = 0;
};

// What outlives the agent, saved together with what is settled.
class Notes {
 public:
  Notes() = default;
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;
  virtual ~Notes() = default;

  virtual std::map<std::string, std::string> all() const = 0;
  virtual void note(const std::string& key, std::string text) = 0;
  virtual void forget(const std::string& key) = 0;
};

struct PartsTools {
  core::Clock& clock;
  core::Log& log;
  Meters& meters;
  std::string installation;
  std::function<void()> news;  // the scout has something to do
};

class Parts {
 public:
  Parts(PartsTools tools, const Settings& settings) : tools_(std::move(tools)), settings_(settings) {}

  // What is noted, before anything is seen.
  void open(Notes& notebook, std::vector<Reader*> readers);

  // Whether files are there for the first time ever, and so may begin at their end.
  bool first_time() const { return first_time_; }
  void seen_all();

  // What was seen of the paths that were looked at; of all there are when `looked` is null.
  void apply(const Survey& survey, const std::set<std::string>* looked);
  void written(const std::string& path);  // something was

  // What the scout is to open, and what came of it.
  std::vector<PartPointer> take_unopened();
  void admit(const PartPointer& part, core::Outcome<Opened> opened);
  // Closes files at rest, as long as more than so many are open.
  void spare_descriptors(std::size_t most);
  std::size_t open_files() const;
  std::set<std::string> take_relook() { return std::exchange(relook_, {}); }

  // Files that were written to and that no lane has looked at since, and what came of a look.
  std::vector<PartPointer> take_unlooked();
  void looked_at(const PartPointer& part, const std::shared_ptr<os::ReadableFile>& file,
                 std::uint64_t size_before, const Look& look);

  // Files that no path of ours leads to: to be looked at until they are over.
  const std::vector<PartPointer>& away() const { return away_; }
  void tended(const PartPointer& part, const core::Outcome<os::FileFacts>& facts);
  // Where the content of a part is found that is no longer where it was: the first that is not yet known.
  void found(const PartPointer& part, const std::vector<Opened>& opened);
  void end_what_is_over();
  // Files that begin like a neighbour, and are called like its copies: held back until it is clear what they
  // are.
  bool suspects() const { return !suspects_.empty(); }
  void judge_suspects();

  // From the readers.
  bool want_open(const PartPointer& part);  // always false: there is nothing to read yet
  void beginning_seen(const PartPointer& part, std::string_view beginning);
  void content_gone(const PartPointer& part, std::string_view beginning, const os::FileFacts& facts);
  void unreadable(Part& part, const core::Error& why);
  void look_after() { tools_.news(); }

  std::uint64_t unread(std::size_t lane) const;
  std::size_t watched() const { return by_path_.size(); }
  void note_sizes();  // at the end: so that what is missing later can be counted

 private:
  void see(const Sighting& sighting);
  void detach(const std::string& path);
  void wake(const PartPointer& part);
  void note(const Part& part);
  void begin_part(Part& part, std::string_view line);
  void place_cursors(Part& part);
  void resume(const PartPointer& part, const Opened& opened);
  void bound_what_is_held();
  bool adopted(const PartPointer& part, const Opened& opened);
  static std::uint64_t alike_key(const Part& part);
  void know_beginning(const PartPointer& part);
  bool is_suspect(const PartPointer& part, std::string_view line);
  void take_over(const PartPointer& part, const Opened& opened);
  bool over(const Part& part) const;
  void end(const PartPointer& part);
  void give_up(Part& part, Loss reason, std::uint64_t from = 0);
  PartPointer known_as(const Identity& identity);
  void complain(Part& part, std::string_view what, const core::Error& why);

  PartsTools tools_;
  const Settings& settings_;
  Notes* notebook_ = nullptr;
  std::vector<Reader*> readers_;
  bool first_time_ = false;
  core::Instant silent_until_{};  // about descriptors
  std::unordered_map<std::string, PartPointer> by_path_;
  std::map<Identity, PartPointer> by_identity_;
  std::unordered_map<std::string, std::string> targets_;  // of links: the path that leads there
  std::multimap<std::pair<std::uint64_t, std::int64_t>, PartPointer>
      noted_;  // from before, not yet seen again
  std::vector<PartPointer> away_;
  std::vector<PartPointer> unopened_;
  std::vector<PartPointer> suspects_;
  std::unordered_set<PartPointer> unlooked_;
  std::unordered_multimap<std::uint64_t, PartPointer> alike_;  // by directory and first line
  std::set<std::string> relook_;
  std::unordered_set<std::string> keys_;
  std::map<std::string, Beginnings> before_;  // of files that were empty when we went, by their key
  std::unordered_map<std::string, std::uint32_t> generations_;
  std::deque<std::string> past_paths_;  // whose generation is still known
};

}  // namespace outrider::tail
