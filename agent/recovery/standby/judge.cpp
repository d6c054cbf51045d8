#include "agent/recovery/standby/judge.hpp"

#include "agent/recovery/drill/replay.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

// Served again and again, and replay does not get past it: what is in it cannot be read.
constexpr std::uint32_t too_often = 4;
// One look without an answer may be a query that stood in replay's way.
constexpr unsigned silent_for_long = 6;
// So little is replayed until the next look.
constexpr std::uint64_t few_segments = 4;

bool says(const std::string& words, std::initializer_list<std::string_view> any) {
  return std::any_of(any.begin(), any.end(),
                     [&words](std::string_view what) { return words.find(what) != std::string::npos; });
}

class StandbyJudge {
 public:
  StandbyJudge(const StandbyLook& look, const StandbyPast& past) : look_(look), past_(past) {
    verdict_.state = past.state;
    find_place();
  }

  StandbyVerdict judge() {
    if (look_.ended) {
      judge_end(*look_.ended);
    } else if (look_.fetches.troubled) {
      // The one trouble that only another way around it mends.
      const bool never = says(look_.fetches.trouble, {"creates a tablespace"});
      const bool around_it = never && newer_set_begins_behind(wanted_.value_or(0));
      say(StandbyState::blind, look_.fetches.trouble, around_it ? Mend::restore : Mend::nothing);
    } else if (look_.drilling && past_.answered) {
      say(StandbyState::held, "it stands still while a drill runs");
    } else if (stands_at_one_segment() || stands_before_a_hole() || left_the_way()) {
      return verdict_;
    } else if (!look_.silence.empty()) {
      judge_silence();
    } else if (look_.paused && !past_.paused_by_us) {
      say(StandbyState::blind, "replay was paused: a setting of the source grew, or somebody paused it",
          Mend::restart);
    } else {
      judge_progress();
    }
    return verdict_;
  }

 private:
  void say(StandbyState state, std::string why, Mend mend = Mend::nothing) {
    verdict_.state = state;
    verdict_.why = std::move(why);
    verdict_.mend = mend;
  }

  std::optional<wal::SegmentId> id_of(const std::string& name) const {
    if (look_.chain == nullptr || look_.chain->segment_bytes == 0) return std::nullopt;
    const auto read = wal::read_name(name);
    if (!read || read->kind != wal::NameKind::segment) return std::nullopt;
    return wal::place(*read, look_.chain->segment_bytes);
  }

  // Which segment it wants next, and how many are listed from there on.
  void find_place() {
    const Fetches& fetches = look_.fetches;
    if (const auto asked = id_of(fetches.absent)) wanted_ = asked->number;
    const auto got = id_of(fetches.last_served);
    if (!wanted_ && got) wanted_ = got->number + 1;
    if (got) timeline_ = got->timeline;
    if (!wanted_) return;
    for (const PathLink& link : look_.chain->path) verdict_.behind += link.id.number >= *wanted_ ? 1 : 0;
  }

  void judge_end(const std::string& words) {
    if (says(words, {"No space left", "Disk quota exceeded"})) {
      say(StandbyState::blind, "its disk is full: " + words, Mend::give_up_room);
    } else if (says(words, {"is not a child of this server's history", "valid checkpoint record",
                            "required checkpoint record", "control file", "invalid checkpoint"})) {
      say(StandbyState::blind, "its data cannot be gone on from: " + words, Mend::restore);
    } else if (says(words, {"insufficient parameter settings", "shut down", "it is not running"})) {
      say(StandbyState::blind, "its server ended: " + words, Mend::restart);
    } else {
      // That it asks in vain for what comes next is no reason for a server that follows to end.
      Fetches fetches = look_.fetches;
      fetches.absent.clear();
      if (!fetches.troubled) fetches.trouble.clear();
      const Stop stop = judge_last_words(words, fetches);
      const bool disproved = stop.finding == Finding::disproved;
      const bool newer = disproved && newer_set_begins_behind(wanted_.value_or(0));
      say(disproved ? StandbyState::broken : StandbyState::blind, stop.why,
          newer ? Mend::restore : Mend::restart);
      if (disproved) verdict_.segment = fetches.last_served;
    }
  }

  bool stands_at_one_segment() {
    const Fetches& fetches = look_.fetches;
    if (fetches.times_in_a_row < too_often) return false;
    if (look_.replayed && look_.replayed != past_.replayed) return false;
    verdict_.segment = fetches.last_served;
    const std::string where =
        look_.replayed ? "replay cannot get past " + look_.replayed->text() : "it cannot be replayed";
    say(StandbyState::broken, fmt::format("segment {} is in the archive, but {}", fetches.last_served, where),
        newer_set_begins_behind(wanted_.value_or(0)) ? Mend::restore : Mend::nothing);
    return true;
  }

  bool newer_set_begins_behind(std::uint64_t number) const {
    const ChainReport* const chain = look_.chain;
    if (chain == nullptr || !chain->newest) return false;
    const auto& first = chain->sets[*chain->newest].first;
    return first && first->number > number;
  }

  // Asked for in vain, and the archive does not have it although it ought to.
  bool stands_before_a_hole() {
    if (look_.chain == nullptr || look_.fetches.absent.empty() || !wanted_) return false;
    const ChainReport& chain = *look_.chain;
    const bool expired = !chain.path.empty() && *wanted_ < chain.path.front().id.number;
    const auto gap = std::find_if(chain.gaps.begin(), chain.gaps.end(),
                                  [this](const Gap& one) { return one.holds(*wanted_); });
    const bool hole = gap != chain.gaps.end() && gap->state != LinkState::delayed &&
                      gap->state != LinkState::unknown && gap->state != LinkState::found;
    if ((expired || hole) && newer_set_begins_behind(*wanted_)) {
      say(StandbyState::blind,
          fmt::format("segment {} is not in the archive any more, and newer backups do not need it",
                      look_.fetches.absent),
          Mend::restore);
      return true;
    }
    if (hole) {
      const std::uint64_t later =
          std::count_if(chain.path.begin(), chain.path.end(),
                        [this](const PathLink& link) { return link.id.number > *wanted_; });
      verdict_.segment = gap->first_name;
      say(StandbyState::broken,
          fmt::format("it asks in vain for segment {}; the {} segments behind it cannot be reached",
                      gap->first_name, later));
      return true;
    }
    return has_no_way_on(chain);
  }

  bool has_no_way_on(const ChainReport& chain) {
    for (const std::string& trouble : chain.troubles) {
      if (trouble.find(".history is missing") == std::string::npos) continue;
      say(StandbyState::broken, trouble);
      verdict_.segment = look_.fetches.absent;
      return true;
    }
    return false;
  }

  // It replayed what an old primary wrote after its timeline had been left: no way leads back.
  bool left_the_way() {
    const ChainReport* const chain = look_.chain;
    if (chain == nullptr || !chain->history_known || !look_.replayed || timeline_ == 0) return false;
    if (timeline_ >= chain->history.timeline) return false;
    const auto end = chain->history.end_of(timeline_);
    if (chain->history.includes(timeline_) && (!end || *look_.replayed <= *end)) return false;
    say(StandbyState::blind,
        fmt::format("it replayed timeline {} to {}, and timeline {} does not come by there", timeline_,
                    look_.replayed->text(), chain->history.timeline),
        Mend::restore);
    return true;
  }

  void judge_silence() {
    const bool turned_away =
        says(look_.silence, {"FATAL:"}) && !says(look_.silence, {"the database system is"});
    if (!past_.answered && turned_away) {
      say(StandbyState::blind, "it lets nobody in: " + look_.silence);
    } else if (!past_.answered) {
      say(StandbyState::starting, "it is not consistent yet: " + look_.silence);
    } else if (past_.silent + 1 >= silent_for_long) {
      say(StandbyState::blind, "it does not answer: " + look_.silence, Mend::restart);
    }
  }

  void judge_progress() {
    const bool at_end = !look_.fetches.absent.empty() && verdict_.behind == 0;
    const bool advanced =
        look_.replayed && (!past_.replayed || *past_.replayed < *look_.replayed) && past_.answered;
    verdict_.proves = look_.replayed && (at_end || advanced);
    const bool still = past_.state == StandbyState::following && verdict_.behind <= few_segments;
    if (at_end || still)
      say(StandbyState::following, "it has all that the archive lists");
    else
      say(StandbyState::catching_up, fmt::format("{} segments are before it", verdict_.behind));
  }

  const StandbyLook& look_;
  const StandbyPast& past_;
  StandbyVerdict verdict_;
  std::optional<std::uint64_t> wanted_;  // the number of the segment that it wants next
  std::uint32_t timeline_ = 0;
};

}  // namespace

StandbyVerdict judge_standby(const StandbyLook& look, const StandbyPast& past) {
  return StandbyJudge(look, past).judge();
}

bool worth_restoring_anew(const Distance& distance) {
  if (distance.replay_rate <= 0 || distance.restore_rate <= 0 || distance.set_bytes == 0) return false;
  if (distance.behind_set >= distance.behind_bytes) return false;
  const double on = static_cast<double>(distance.behind_bytes) / distance.replay_rate;
  const double anew = static_cast<double>(distance.set_bytes) / distance.restore_rate +
                      static_cast<double>(distance.behind_set) / distance.replay_rate;
  // Twice: neither rate is known well, and a restore is hard on the archive.
  return on > 2 * anew;
}

}  // namespace outrider::recovery
