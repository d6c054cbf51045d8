// An audit trail that somebody else has had in his hands: read, verified, opened and gone on with.
#include "agent/audit/line.hpp"
#include "agent/audit/verify.hpp"
#include "agent/audit/writer.hpp"
#include "agent/os/sim_files.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

constexpr std::string_view directory = "/audit";
constexpr std::string_view time_text = "2026-11-21T11:26:03.512Z";

std::string path(std::string_view name) { return std::string(directory) + "/" + std::string(name); }

audit::Draft draft(std::string_view actor) {
  audit::Draft it;
  it.time = time_text;
  it.phase = "note";
  it.actor = actor;
  return it;
}

void put(os::SimFiles& files, std::string_view name, std::string_view text) {
  if (!text.empty()) (void)files.replace(path(name), text);
}

}  // namespace

void audit(std::string_view bytes) {
  os::SimFiles files;
  (void)files.make_directories(std::string(directory));
  const std::string_view head = take_text(bytes);
  const std::string_view rotated = take_text(bytes);
  put(files, audit::head_file, head);
  put(files, audit::rotated_name(1), rotated);
  put(files, audit::current_file, bytes);
  (void)audit::read_head(head);
  const auto before = audit::verify(files, std::string(directory));
  if (before) must(!before->sentence().empty(), "a report has a sentence");

  audit::Writer writer(files, std::string(directory), 1024 * 1024);
  const auto opened = writer.open(std::string(time_text));
  must(opened.has_value(), "a damaged trail never keeps outrider from writing");
  const std::uint64_t last = writer.head().sequence;
  const auto first = writer.append({draft(bytes.substr(0, 64)), draft("second")});
  must(first.has_value() && *first == last + 1, "what is appended follows the last entry");
  (void)writer.save_head();

  audit::Writer next(files, std::string(directory), 1024 * 1024);
  const auto reopened = next.open(std::string(time_text));
  must(reopened.has_value() && next.head().sequence == last + 2, "what was appended is found again");
}

}  // namespace outrider::fuzz
