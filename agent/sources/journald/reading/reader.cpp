#include "agent/sources/journald/reading/reader.hpp"

#include <algorithm>
#include <utility>

namespace outrider::sources::journald {
namespace {

constexpr std::uint64_t most_entries = 2000;
constexpr std::uint64_t most_bytes = 1 << 20;           // of one look
constexpr std::uint64_t most_mapped_bytes = 16u << 20;  // read before the files are opened anew
constexpr std::uint64_t worth_closing = 2u << 20;       // and when there is nothing more to read
constexpr std::uint32_t day_seconds = 24 * 60 * 60;

}  // namespace

Reader::Reader(Journals& journals, const Settings& settings, std::string installation)
    : journals_(journals),
      settings_(settings),
      installation_(std::move(installation)),
      text_(settings.clock, settings.all_fields) {}

void Reader::start(std::string noted, std::uint64_t settled) {
  cursor_ = std::move(noted);
  noted_ = last_ = read_cursor(cursor_);
  settled_ = settled;
}

core::Outcome<Look> Reader::look(bool to_the_end) {
  Look look;
  const core::Outcome<> read = read_on(look, to_the_end);
  if (!read) return core::fail(read.error());
  look.gaps = std::exchange(gaps_, {});
  return look;
}

core::Outcome<> Reader::read_on(Look& look, bool to_the_end) {
  const std::uint64_t begun_at = text_.bytes_seen();
  if (begun_at - opened_at_bytes_ >= most_mapped_bytes) journal_.reset();
  if (!journal_) {
    const core::Outcome<> opened = open(look);
    if (!opened) return core::fail(opened.error());
  }
  std::string end;
  if (to_the_end && !cursor_.empty()) {
    // Taken before the rest is read: all that is meant and lies before it is read by then.
    core::Outcome<std::string> last = journal_->last();
    const core::Outcome<> back = last ? resume() : core::fail(last.error());
    if (!back) return core::fail(back.error());
    end = std::move(*last);
  }
  journal_->take_in_news();
  look.more = true;
  while (look.more && look.entries < most_entries && text_.bytes_seen() - begun_at < most_bytes) {
    const core::Outcome<bool> stepped = step(look);
    if (!stepped) {
      journal_.reset();
      if (look.entries == 0) return core::fail(stepped.error());
      break;  // what was read is handed on; the next look tells whether it is still so
    }
    look.more = *stepped;
  }
  if (look.entries == 0 && !end.empty() && end != cursor_) {
    look.cursor = cursor_ = end;
    last_ = read_cursor(cursor_);
    journal_.reset();
  }
  if (!look.more && text_.bytes_seen() - opened_at_bytes_ >= worth_closing) {
    journal_.reset();
    const core::Outcome<> opened = open(look);
    if (!opened && look.entries == 0) return core::fail(opened.error());
  }
  return {};
}

core::Outcome<> Reader::open(Look& look) {
  auto opened = journals_.open(settings_);
  if (!opened) return core::fail(opened.error());
  journal_ = std::move(*opened);
  ++openings_;
  opened_at_bytes_ = text_.bytes_seen();
  core::Outcome<> placed = cursor_.empty() ? begin(look) : resume();
  if (!placed) journal_.reset();
  return placed;
}

core::Outcome<> Reader::begin(Look& look) {
  switch (settings_.begin) {
    case Begin::beginning: return journal_->seek_beginning();
    case Begin::boot: return journal_->seek_boot();
    case Begin::now: break;
  }
  const auto last = journal_->last();
  if (!last) return core::fail(last.error());
  // Noted at once: what comes while the agent is away is not before "now".
  look.cursor = cursor_ = last->empty() ? std::string(at_the_beginning) : *last;
  last_ = read_cursor(cursor_);
  return resume();
}

core::Outcome<> Reader::resume() {
  if (cursor_ == at_the_beginning) return journal_->seek_beginning();
  const auto found = journal_->seek_after(cursor_);
  if (!found) return core::fail(found.error());
  if (found->there || found->next.empty()) return {};
  const auto next = read_cursor(found->next);
  Gap gap{cursor_, found->next, std::nullopt};
  if (next && last_ && next->sequence == last_->sequence && next->number > last_->number) {
    gap.entries = next->number - last_->number - 1;
    // Told here; what follows is not compared with what is gone.
    last_ = Cursor{next->sequence, next->number - 1};
  } else {
    last_.reset();
  }
  if (gap.entries != 0) gaps_.push_back(std::move(gap));
  return {};
}

core::Outcome<bool> Reader::step(Look& look) {
  const core::Outcome<bool> there = journal_->next();
  if (!there || !*there) return there;
  core::Outcome<std::string> place = journal_->cursor();
  if (!place) return core::fail(place.error());
  const auto now = read_cursor(*place);
  if (!now) return core::fail(core::Errc::corrupt, "cannot read the journal: it gives the place " + *place);
  note_gap(*now, *place);
  Look::Run& run = run_of(look, *now);
  run.to = std::max(run.to, now->number + 1);
  telemetry::Record record;
  const auto text = text_.read(*journal_, record);
  if (!text && text.error().code != core::Errc::corrupt) return core::fail(text.error());
  ++look.entries;
  if (!text) {
    ++look.damaged;
    look.damage = text.error().what;
  } else if (!handed_on_before(*now)) {
    look.last = record.time;
    record.origin = origin_of(*now, record.time);
    record.text = shelter_.keep(*text, run.batch.chunks);
    run.batch.records.push_back(record);
  }
  look.cursor = cursor_ = std::move(*place);
  last_ = now;
  return true;
}

// With all entries asked for, their numbers leave nothing out.
void Reader::note_gap(const Cursor& now, const std::string& text) {
  if (!settings_.filter.empty() || !last_ || last_->sequence != now.sequence) return;
  if (now.number <= last_->number + 1) return;
  gaps_.push_back({cursor_, text, now.number - last_->number - 1});
}

// By an earlier run of the agent: its place is noted for many entries at once.
bool Reader::handed_on_before(const Cursor& now) const {
  return noted_ && now.sequence == noted_->sequence && now.number > noted_->number && now.number < settled_;
}

telemetry::Origin Reader::origin_of(const Cursor& now, core::WallTime time) {
  if (sequence_ != now.sequence) {
    sequence_ = now.sequence;
    key_ = telemetry::stream_key(installation_, "journald " + sequence_, 1);
  }
  // The day stands for the beginning: it is the same whenever the entry is read.
  const std::uint32_t seconds = telemetry::seconds_of(time);
  return {1, seconds - seconds % day_seconds, key_, now.number};
}

Look::Run& Reader::run_of(Look& look, const Cursor& now) {
  const auto known = std::ranges::find(look.runs, now.sequence, &Look::Run::sequence);
  if (known != look.runs.end()) return *known;
  Look::Run& run = look.runs.emplace_back();
  run.sequence = now.sequence;
  run.from = now.number;
  return run;
}

}  // namespace outrider::sources::journald
