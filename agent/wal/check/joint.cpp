#include "agent/wal/check/joint.hpp"

#include "agent/core/sums/crc32c.hpp"
#include "agent/wal/check/record.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::wal {
namespace {

std::string_view view(const std::string& text, std::size_t from) {
  return std::string_view(text).substr(std::min(from, text.size()));
}

// The tail when the part of `after` that is here is added to the open record.
Tail longer(const Tail& before, const Head& after) {
  Tail tail = before;
  const std::uint32_t header_missing =
      before.open_done < RecordHeader::bytes ? RecordHeader::bytes - before.open_done : 0;
  const std::string_view data = view(after.first_bytes, header_missing);
  tail.open_crc = core::crc32c_add(tail.open_crc, data.data(), data.size());
  tail.open_crc =
      core::crc32c_joined(tail.open_crc, after.crc_after, after.here_bytes - after.first_bytes.size());
  tail.open_first_bytes += after.first_bytes;
  tail.open_first_bytes.resize(std::min(tail.open_first_bytes.size(), kept_bytes));
  tail.open_done += after.here_bytes;
  return tail;
}

// The record that both share, now whole.
std::optional<std::string> trouble_of(const Tail& whole, const std::optional<Lsn>& prev) {
  if (whole.open_first_bytes.size() < RecordHeader::bytes) return "is shorter than its own header";
  const char* bytes = whole.open_first_bytes.data();
  const RecordHeader header(bytes);
  const std::uint32_t crc = core::crc32c_add(whole.open_crc, bytes, RecordHeader::crc_offset);
  if (core::crc32c_finished(crc) != header.crc) return "has a wrong checksum";
  if (!is_known_manager(header.manager)) return "is of a resource manager that does not exist";
  if (prev && header.prev != prev->value) return "does not follow the one before it";
  return std::nullopt;
}

class Joiner {
 public:
  Joiner(const Tail& before, const Head& after, const Tail& after_tail, Lsn at)
      : before_(before), after_(after), after_tail_(after_tail), at_(at) {}

  Joint join() {
    result_.tail = after_tail_;
    last_ = before_.last_record;
    if (!same_cluster()) return std::move(result_);
    if (before_.open_record && !after_.overwrites) {
      if (!go_on()) return std::move(result_);
    } else if (!before_.open_record && (after_.rest_bytes != 0 || after_.overwrites)) {
      fail("begins inside a record that the one before it does not have");
      return std::move(result_);
    }
    finish();
    return std::move(result_);
  }

 private:
  bool same_cluster() {
    if (before_.system_id != after_.system_id) return fail("is of another cluster than the one before it");
    if (before_.magic != after_.magic) return fail("is of another PostgreSQL version than the one before it");
    if (before_.page_timeline > after_.page_timeline) {
      return fail("is of an older timeline than the one before it");
    }
    return true;
  }

  // False: broken, or the record fills the whole segment and goes on.
  bool go_on() {
    if (after_.rest_bytes != before_.open_bytes - before_.open_done) {
      return fail(fmt::format("does not go on with the record at {}", before_.open_record->text()));
    }
    const Tail whole = longer(before_, after_);
    if (is_inside_record(after_)) {
      result_.tail = whole;
      result_.tail.page_timeline = after_tail_.page_timeline;
      return false;
    }
    if (auto trouble = trouble_of(whole, before_.last_record)) {
      return fail(fmt::format("ends the record at {}, which {}: one of the two segments is damaged",
                              before_.open_record->text(), *trouble));
    }
    result_.commit = read_commit(whole.open_first_bytes, *before_.open_record);
    last_ = before_.open_record;
    return true;
  }

  void finish() {
    const bool is_chained = !after_.first_prev || !last_ || *after_.first_prev == *last_;
    if (!is_chained) {
      fail(fmt::format("begins with a record that follows the one at {}, but the last one before it is at {}",
                       after_.first_prev->text(), last_->text()));
      return;
    }
    if (!result_.tail.last_record) result_.tail.last_record = last_;
    if (!result_.tail.last_commit) {
      result_.tail.last_commit = result_.commit ? result_.commit : before_.last_commit;
    }
  }

  bool fail(std::string what) {
    result_.fault = Fault{FaultKind::broken_joint, 0, at_, "it " + what};
    return false;
  }

  const Tail& before_;
  const Head& after_;
  const Tail& after_tail_;
  const Lsn at_;
  std::optional<Lsn> last_;
  Joint result_;
};

}  // namespace

std::string_view name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::broken_file: return "broken file";
    case FaultKind::wrong_size: return "wrong size";
    case FaultKind::not_wal: return "not WAL";
    case FaultKind::swapped: return "swapped";
    case FaultKind::wrong_system: return "wrong cluster";
    case FaultKind::wrong_timeline: return "wrong timeline";
    case FaultKind::broken_page: return "broken page";
    case FaultKind::broken_record: return "broken record";
    case FaultKind::ended_early: return "ends early";
    case FaultKind::broken_joint: return "does not follow";
  }
  return "broken";
}

bool is_inside_record(const Head& head) { return head.here_bytes < head.rest_bytes && !head.overwrites; }

Joint join(const Tail& before, const Head& after, const Tail& after_tail, Lsn at) {
  return Joiner(before, after, after_tail, at).join();
}

}  // namespace outrider::wal
