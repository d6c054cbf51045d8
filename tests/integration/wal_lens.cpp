// Shows what the checker says of real WAL files, for test_wal.py.
//   wal_lens check --segment-bytes N [--system-id N] [--history FILE TIMELINE] FILE…   one JSON line for each
//   wal_lens flip COUNT SEED BEFORE FILE AFTER   turns single bits of FILE over; prints offset and bit of the
//   unseen
#include "agent/wal/check/page.hpp"
#include "agent/wal/check/segment.hpp"
#include "agent/wal/inflate/inflate.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace {

using namespace outrider::wal;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  auto plain = inflate(std::move(bytes), most_segment_bytes);
  if (plain) return std::move(*plain);
  fmt::print(stderr, "{}\n", plain.error().what);
  std::exit(1);
}

std::string named(const std::string& path) {
  return std::filesystem::path(path).filename().string().substr(0, 24);
}

struct Request {
  std::uint64_t segment_bytes = usual_segment_bytes;
  std::optional<std::uint64_t> system_id;
  std::optional<TimelineHistory> history;
  std::vector<std::string> files;
};

Request read_request(int count, char** words) {
  Request request;
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--segment-bytes") {
      request.segment_bytes = std::stoull(words[++i]);
    } else if (word == "--system-id") {
      request.system_id = std::stoull(words[++i]);
    } else if (word == "--history") {
      const std::string text = content_of(words[++i]);
      request.history = read_history(static_cast<std::uint32_t>(std::stoul(words[++i])), text).value();
    } else {
      request.files.push_back(word);
    }
  }
  return request;
}

Expected expect(const Request& request, const std::string& path) {
  Expected expected;
  expected.segment_bytes = request.segment_bytes;
  expected.system_id = request.system_id;
  expected.history = request.history ? &*request.history : nullptr;
  expected.id = place(read_name(named(path)).value(), request.segment_bytes).value();
  expected.may_end_early = path.ends_with(".partial");
  expected.list_commits = true;
  return expected;
}

std::string told(const std::optional<Fault>& fault) {
  if (!fault) return "null";
  return fmt::format(R"({{"kind": "{}", "offset": {}, "lsn": "{}", "what": "{}"}})", name_of(fault->kind),
                     fault->offset, fault->lsn.text(), fault->what);
}

int check(const Request& request) {
  Tail tail;
  bool follows = false;
  for (const std::string& path : request.files) {
    const Expected expected = expect(request, path);
    const SegmentReport report = check_segment(content_of(path), expected);
    Joint joint;
    joint.tail = report.tail;
    if (follows) joint = join(tail, report.head, report.tail, expected.id.begin(request.segment_bytes));
    std::string commits;
    if (joint.commit)
      commits += fmt::format("[{}, {}]", joint.commit->xid, joint.commit->time.time_since_epoch().count());
    for (const Commit& commit : report.commits) {
      if (!commits.empty()) commits += ", ";
      commits += fmt::format("[{}, {}]", commit.xid, commit.time.time_since_epoch().count());
    }
    fmt::print(
        R"({{"name": "{}", "fault": {}, "joint": {}, "records": {}, "open": {}, "end": "{}", "last": "{}", )"
        R"("switched": {}, "ended_early": {}, "version": {}, "commits": [{}]}})"
        "\n",
        named(path), told(report.fault), told(joint.fault), report.records,
        report.tail.open_record.has_value(), report.end.text(), joint.tail.last_record.value_or(Lsn{}).text(),
        report.switched, report.ended_early, report.server_version, commits);
    follows = !report.fault;
    tail = joint.tail;
  }
  return 0;
}

// Whether the checker sees a difference in a segment between two sound ones.
bool sees(std::string_view bytes, const Expected& expected, const Tail& before, const SegmentReport& after,
          Lsn end) {
  const SegmentReport report = check_segment(bytes, expected);
  if (report.fault) return true;
  const Joint first = join(before, report.head, report.tail, expected.id.begin(expected.segment_bytes));
  return first.fault || join(first.tail, after.head, after.tail, end).fault;
}

int flip(std::uint64_t count, std::uint64_t seed, const std::vector<std::string>& paths) {
  std::string bytes = content_of(paths[1]);
  Request request;
  request.segment_bytes = bytes.size();
  request.system_id = LongHeader(bytes.data()).system_id;
  const Expected expected = expect(request, paths[1]);
  const SegmentReport before = check_segment(content_of(paths[0]), expect(request, paths[0]));
  const SegmentReport after = check_segment(content_of(paths[2]), expect(request, paths[2]));
  const Lsn end = expected.id.end(request.segment_bytes);
  if (before.fault || after.fault || sees(bytes, expected, before.tail, after, end)) {
    fmt::print(stderr, "the three segments are not sound to begin with\n");
    return 1;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::uint64_t bit = (seed >> 20) % (bytes.size() * 8);
    char& byte = bytes[bit / 8];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    if (!sees(bytes, expected, before.tail, after, end)) fmt::print("{} {}\n", bit / 8, bit % 8);
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string word = count > 1 ? words[1] : "";
  if (word == "check") return check(read_request(count, words));
  if (word == "flip" && count == 7) {
    return flip(std::stoull(words[2]), std::stoull(words[3]), {words[4], words[5], words[6]});
  }
  fmt::print(stderr, "see the top of wal_lens.cpp\n");
  return 2;
}
