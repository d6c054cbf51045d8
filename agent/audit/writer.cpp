#include "agent/audit/writer.hpp"

#include "agent/audit/chain.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::audit {
namespace {

std::string in_a_name(std::string time) {
  std::replace(time.begin(), time.end(), ':', '-');
  return time;
}

}  // namespace

void Writer::found(const std::string& sentence) {
  if (!found_.empty()) found_ += "; ";
  found_ += sentence;
}

core::Outcome<std::string> Writer::open(const std::string& time) {
  if (auto made = files_.make_directories(directory_); !made)
    return core::fail("cannot open the audit trail", made.error());
  Head saved;
  bool had_head = false;
  bool damaged_head = false;
  if (files_.exists(path(head_file))) {
    const auto text = files_.read_all(path(head_file), 1U << 16U);
    if (!text) return core::fail("cannot open the audit trail", text.error());
    const auto read = read_head(*text);
    had_head = read.has_value();
    damaged_head = !had_head;
    if (read) saved = *read;
  }
  if (auto read = read_trail(time); !read) return core::fail("cannot open the audit trail", read.error());
  if (trail_trouble_.empty() && had_head) compare(saved);
  head_.broken = saved.broken;
  if (!had_head && (damaged_head || head_.sequence > 0)) {
    head_.broken = damaged_head ? "the head file was damaged" : "the head file was missing";
    found(head_.broken + ", so a cut end would not have shown");
  }
  if (!trail_trouble_.empty()) {
    if (auto aside = set_aside(trail_trouble_, time); !aside)
      return core::fail("cannot open the audit trail", aside.error());
    // The chain goes on where the head says it was; the gap stays visible.
    if (saved.sequence >= head_.sequence) {
      head_.sequence = saved.sequence;
      head_.hash = saved.hash;
    }
    head_.broken = trail_trouble_;
  }
  if (auto opened = reopen(); !opened) return core::fail("cannot open the audit trail", opened.error());
  (void)save_head();  // a full disk must not keep outrider down; the next line tries again
  return found_;
}

core::Outcome<> Writer::read_trail(const std::string& time) {
  const std::string current = path(current_file);
  Chain chain = Chain::from_anywhere();
  if (files_.exists(current)) {
    const auto text = files_.read_all(current, most_file_bytes);
    if (!text) return core::fail(text.error());
    std::vector<Fault> faults;
    const std::string_view torn = chain.read(std::string(current_file), *text, faults);
    if (!faults.empty())
      trail_trouble_ = fmt::format("{}:{}: {}", current_file, faults.front().line, faults.front().sentence);
    size_ = text->size() - (trail_trouble_.empty() ? torn.size() : 0);
    if (trail_trouble_.empty() && !torn.empty())
      if (auto kept = keep_torn(torn, size_, time); !kept) return kept;
  }
  if (chain.entries() == 0) return read_last_rotated();
  first_ = chain.first();
  head_.sequence = chain.last();
  head_.hash = chain.last_hash();
  return {};
}

// The current file has no line yet: the chain goes on from the newest full file.
core::Outcome<> Writer::read_last_rotated() {
  const auto names = files_.list(directory_);
  if (!names) return core::fail(names.error());
  std::string newest;
  for (const auto& name : *names)
    if (name.starts_with("audit-") && name.ends_with(".jsonl")) newest = name;  // sorted
  if (newest.empty()) return {};
  const auto text = files_.read_all(path(newest), most_file_bytes);
  if (!text) return core::fail(text.error());
  Chain chain = Chain::from_anywhere();
  std::vector<Fault> faults;
  (void)chain.read(newest, *text, faults);
  head_.sequence = chain.last();
  head_.hash = chain.last_hash();
  return {};
}

void Writer::compare(const Head& saved) {
  if (head_.sequence < saved.sequence)
    trail_trouble_ =
        fmt::format("the end was cut off: the head file names entry {}, the last one there is {}",
                    saved.sequence, head_.sequence);
  else if (head_.sequence == saved.sequence && head_.hash != saved.hash)
    trail_trouble_ =
        fmt::format("entry {} was replaced: its hash is not the one in the head file", saved.sequence);
}

core::Outcome<> Writer::keep_torn(std::string_view torn, std::uint64_t whole_bytes, const std::string& time) {
  const std::string name = "audit.torn-" + in_a_name(time);
  if (auto kept = files_.replace(path(name), torn); !kept) return kept;
  found(
      fmt::format("a torn last line of {} bytes was kept aside as {}; the chain goes on", torn.size(), name));
  return files_.truncate(path(current_file), whole_bytes);
}

core::Outcome<> Writer::set_aside(const std::string& why, const std::string& time) {
  if (!files_.exists(path(current_file))) {
    found(why);
    return {};
  }
  const std::string stem = "audit.corrupt-" + in_a_name(time);
  std::string name = stem;
  for (int again = 2; files_.exists(path(name)); ++again) name = fmt::format("{}-{}", stem, again);
  if (auto renamed = files_.rename(path(current_file), path(name)); !renamed) return renamed;
  found(fmt::format("{}; the file was set aside as {}", why, name));
  size_ = 0;
  first_ = 0;
  return {};
}

core::Outcome<> Writer::reopen() {
  auto opened = files_.open_append(path(current_file));
  if (!opened) return core::fail(opened.error());
  if ((*opened)->size() > size_) {  // what a failed sync left behind was never acknowledged
    opened->reset();
    if (auto cut = files_.truncate(path(current_file), size_); !cut) return cut;
    opened = files_.open_append(path(current_file));
    if (!opened) return core::fail(opened.error());
  }
  file_ = std::move(*opened);
  return {};
}

core::Outcome<> Writer::rotate() {
  file_.reset();
  if (auto renamed = files_.rename(path(current_file), path(rotated_name(first_))); !renamed) return renamed;
  size_ = 0;
  first_ = 0;
  return reopen();
}

core::Outcome<std::uint64_t> Writer::append(const std::vector<Draft>& drafts) {
  constexpr std::string_view step = "cannot write to the audit trail";
  if (size_ >= rotate_at_bytes_ && first_ > 0) {
    if (auto rotated = rotate(); !rotated) return core::fail(step, rotated.error());
  }
  if (!file_) {
    if (auto opened = reopen(); !opened) return core::fail(step, opened.error());
  }
  std::string lines;
  Head head = head_;
  for (const Draft& draft : drafts) {
    const std::string line = write_line(draft, ++head.sequence, head.hash);
    head.hash = hash_of_line(line);
    lines += line;
  }
  if (auto written = file_->append(lines); !written) return core::fail(step, written.error());
  if (auto synced = file_->sync(); !synced) {
    // What is on the disk now nobody knows: take it back, and open the file anew before the next line.
    file_.reset();
    (void)files_.truncate(path(current_file), size_);
    return core::fail(step, synced.error());
  }
  const std::uint64_t first = head_.sequence + 1;
  if (first_ == 0) first_ = first;
  size_ += lines.size();
  head_ = std::move(head);
  return first;
}

core::Outcome<> Writer::save_head() { return files_.replace(path(head_file), write_head(head_)); }

}  // namespace outrider::audit
