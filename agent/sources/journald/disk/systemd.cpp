#include "agent/sources/journald/disk/bad_files.hpp"
#include "agent/sources/journald/disk/journal.hpp"
#include "agent/sources/journald/disk/library.hpp"
#include "agent/sources/journald/reading/entry_text.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace outrider::sources::journald {
namespace {

constexpr int local_only = 1;  // SD_JOURNAL_LOCAL_ONLY

core::Error trouble(std::string_view step, int result) {
  core::Error error = core::system_error(step, -result);
  if (result == -EBADMSG || result == -EPROTONOSUPPORT || result == -E2BIG) error.code = core::Errc::corrupt;
  if (result == -EACCES || result == -EPERM)
    error.hint = "outrider's user must be in the group systemd-journal";
  return error;
}

class SystemdJournal final : public Journal {
 public:
  SystemdJournal(const Library& library, sd_journal* journal, const Filter& filter)
      : library_(library), journal_(journal), filter_(filter) {}
  ~SystemdJournal() override { library_.close(journal_); }

  core::Outcome<> prepare() {
    library_.set_data_threshold(journal_, EntryText::longest_message + 1);
    news_ = library_.get_fd(journal_);  // from now on it hears of new files, too
    return narrow();
  }

  core::Outcome<> seek_beginning() override {
    pending_ = false;
    return done("cannot go to the beginning of the journal", library_.seek_head(journal_));
  }

  core::Outcome<> seek_boot() override {
    Id128 boot{};
    pending_ = false;
    const int known = library_.get_boot(&boot);
    if (known < 0) return core::fail(trouble("cannot tell which boot of the machine this is", known));
    return done("cannot go to the beginning of this boot", library_.seek_monotonic_usec(journal_, boot, 0));
  }

  // It is looked for among all entries, meant or not: what is meant may have been configured anew.
  core::Outcome<Found> seek_after(const std::string& cursor) override {
    Found found;
    library_.flush_matches(journal_);
    int result = library_.seek_cursor(journal_, cursor.c_str());
    if (result >= 0) result = library_.next(journal_);
    if (result > 0) {
      found.there = library_.test_cursor(journal_, cursor.c_str()) > 0;
      const auto next = this->cursor();
      if (next) found.next = *next;
    }
    const core::Outcome<> narrowed = narrow();
    if (!narrowed) return core::fail(narrowed.error());
    pending_ = false;
    if (result >= 0) result = library_.seek_cursor(journal_, cursor.c_str());
    if (result >= 0) result = library_.next(journal_);
    if (result < 0) return core::fail(trouble("cannot find the place in the journal", result));
    pending_ = result > 0 && library_.test_cursor(journal_, cursor.c_str()) <= 0;
    return found;
  }

  core::Outcome<std::string> last() override {
    library_.flush_matches(journal_);
    int result = library_.seek_tail(journal_);
    if (result >= 0) result = library_.previous(journal_);
    core::Outcome<std::string> found = std::string();
    if (result > 0) found = cursor();
    const core::Outcome<> narrowed = narrow();
    if (!narrowed) return core::fail(narrowed.error());
    if (result < 0) return core::fail(trouble("cannot find the end of the journal", result));
    return found;
  }

  core::Outcome<bool> next() override {
    if (std::exchange(pending_, false)) return true;
    const int result = library_.next(journal_);
    if (result < 0) return core::fail(trouble("cannot read the journal", result));
    return result > 0;
  }

  core::Outcome<std::string> cursor() override {
    char* text = nullptr;
    const int result = library_.get_cursor(journal_, &text);
    if (result < 0) return core::fail(trouble("cannot tell the place in the journal", result));
    std::string cursor(text);
    std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): the library has allocated it so
    return cursor;
  }

  core::Outcome<std::uint64_t> received_microseconds() override {
    std::uint64_t microseconds = 0;
    const int result = library_.get_realtime_usec(journal_, &microseconds);
    if (result < 0) return core::fail(trouble("cannot read the time of an entry of the journal", result));
    return microseconds;
  }

  core::Outcome<> fields(const TakeField& take) override {
    library_.restart_data(journal_);
    for (;;) {
      const void* data = nullptr;
      std::size_t bytes = 0;
      const int result = library_.enumerate_data(journal_, &data, &bytes);
      if (result < 0) return core::fail(trouble("cannot read an entry of the journal", result));
      if (result == 0) return {};
      const std::string_view field(static_cast<const char*>(data), bytes);
      const std::size_t equals = field.find('=');
      if (equals != std::string_view::npos) take(field.substr(0, equals), field.substr(equals + 1));
    }
  }

  int news() const override { return news_; }
  void take_in_news() override {
    if (news_ >= 0) library_.process(journal_);
  }

 private:
  static core::Outcome<> done(std::string_view step, int result) {
    if (result < 0) return core::fail(trouble(step, result));
    return {};
  }

  // Within a term the same field may have any of its values, and all fields must fit.
  core::Outcome<> narrow() {
    int result = 0;
    const auto match = [&](const std::string& text) {
      if (result >= 0) result = library_.add_match(journal_, text.data(), text.size());
    };
    const auto or_else = [&] {
      if (result >= 0) result = library_.add_disjunction(journal_);
    };
    for (const std::string& unit : filter_.units) {
      match("_SYSTEMD_UNIT=" + unit);
      or_else();
      match("_SYSTEMD_USER_UNIT=" + unit);
      or_else();
      match("UNIT=" + unit);
      match("_PID=1");
      or_else();
      match("COREDUMP_UNIT=" + unit);
      match("_UID=0");
      or_else();
    }
    if (!filter_.units.empty() && result >= 0) result = library_.add_conjunction(journal_);
    for (const std::string& identifier : filter_.identifiers) match("SYSLOG_IDENTIFIER=" + identifier);
    if (filter_.priority) {
      for (unsigned level = 0; level <= *filter_.priority; ++level)
        match("PRIORITY=" + std::to_string(level));
    }
    for (const auto& [name, values] : filter_.matches) {
      for (const std::string& value : values) match(name + "=" + value);
    }
    return done("cannot tell the journal which entries are meant", result);
  }

  Library library_;
  sd_journal* journal_;
  const Filter& filter_;
  int news_ = -1;
  bool pending_ = false;  // it is at an entry that next() has not given yet
};

class SystemdJournals final : public Journals {
 public:
  explicit SystemdJournals(std::string library) : name_(std::move(library)) {}

  core::Outcome<std::unique_ptr<Journal>> open(const Settings& settings) override {
    const auto library = load_library(name_);
    if (!library) return core::fail(library.error());
    sd_journal* journal = nullptr;
    int result = 0;
    if (!settings.directory.empty()) {
      result = library->open_directory(&journal, settings.directory.c_str(), 0);
    } else if (!settings.name_space.empty()) {
      result = library->open_namespace(&journal, settings.name_space.c_str(), local_only);
    } else {
      result = library->open(&journal, local_only);
    }
    if (result < 0) {
      const std::string where = settings.directory.empty() ? "" : " in " + settings.directory;
      return core::fail(trouble("cannot open the journal" + where, result));
    }
    auto opened = std::make_unique<SystemdJournal>(*library, journal, settings.filter);
    const core::Outcome<> ready = opened->prepare();
    if (!ready) return core::fail(ready.error());
    return opened;
  }

  std::vector<BadFile> bad_files(const Settings& settings) override { return find_bad_files(settings); }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Journals> make_systemd_journals(std::string library) {
  return std::make_unique<SystemdJournals>(std::move(library));
}

}  // namespace outrider::sources::journald
