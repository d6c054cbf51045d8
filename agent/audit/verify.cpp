#include "agent/audit/verify.hpp"

#include "agent/audit/chain.hpp"

#include <fmt/core.h>

namespace outrider::audit {
namespace {

bool is_rotated(const std::string& name) {
  return name.starts_with("audit-") && name.ends_with(".jsonl") && name.size() == rotated_name(1).size();
}

void compare_with_head(os::Files& files, const std::string& directory, const Chain& chain, Report& report) {
  const std::string name(head_file);
  const auto text = files.read_all(directory + "/" + name, 1U << 16U);
  if (!text) {
    if (report.files > 0)
      report.faults.push_back(
          {name, 0, "the head file cannot be read, so a cut end would not show: " + text.error().what});
    return;
  }
  const auto head = read_head(*text);
  if (!head) {
    report.faults.push_back({name, 0, "the head file is damaged: " + head.error().what});
    return;
  }
  const std::string last_file(current_file);
  if (head->sequence > chain.last())
    report.faults.push_back(
        {last_file, chain.line(),
         fmt::format("the end was cut off: the head file names entry {}, the last one here is {}",
                     head->sequence, chain.last())});
  else if (head->sequence == chain.last() && chain.last() > 0 && head->hash != chain.last_hash())
    report.faults.push_back(
        {last_file, chain.line(),
         fmt::format("entry {} was replaced: its hash is not the one in the head file", chain.last())});
  if (!head->broken.empty()) report.remarks.push_back("the head file says: " + head->broken);
}

}  // namespace

std::string Report::sentence() const {
  const char* plural = files == 1 ? "" : "s";
  if (intact()) return fmt::format("the chain is intact: {} entries in {} file{}", entries, files, plural);
  const Fault& worst = faults.front();
  const std::string where = worst.line == 0 ? worst.file : fmt::format("{}:{}", worst.file, worst.line);
  return fmt::format("the chain is broken in {} place{}; first {}: {}", faults.size(),
                     faults.size() == 1 ? "" : "s", where, worst.sentence);
}

core::Outcome<Report> verify(os::Files& files, const std::string& directory) {
  Report report;
  if (!files.exists(directory)) return report;
  const auto names = files.list(directory);
  if (!names) return core::fail("cannot verify the audit trail", names.error());
  std::vector<std::string> trail;
  for (const auto& name : *names)
    if (is_rotated(name)) trail.push_back(name);
  for (const auto& name : *names)
    if (name == current_file) trail.push_back(name);
  for (const auto& name : *names)
    if (name.starts_with("audit.corrupt-")) report.remarks.push_back("set aside as corrupt earlier: " + name);

  Chain chain(Head{});
  for (const auto& name : trail) {
    const auto text = files.read_all(directory + "/" + name, most_file_bytes);
    if (!text) return core::fail("cannot verify the audit trail", text.error());
    ++report.files;
    const std::string_view torn = chain.read(name, *text, report.faults);
    if (torn.empty()) continue;
    const auto sentence = fmt::format("the last line is torn: {} bytes without an end", torn.size());
    if (name == current_file)
      report.remarks.push_back(name + ": " + sentence + "; outrider keeps it aside at its next start");
    else
      report.faults.push_back({name, chain.line() + 1, sentence});
  }
  report.entries = chain.entries();
  report.first = chain.first();
  report.last = chain.last();
  report.last_hash = chain.last_hash();
  for (const std::uint64_t intent : chain.open_intents())
    report.remarks.push_back(fmt::format("intent {} has no result: outrider ended in between", intent));
  compare_with_head(files, directory, chain, report);
  return report;
}

}  // namespace outrider::audit
