#include "agent/transforms/chain.hpp"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::transforms {
namespace {

using telemetry::Record;

constexpr std::size_t longest_line = 1 << 20;
constexpr core::Duration rest_of_line = std::chrono::seconds(5);

}  // namespace

void Chain::Held::add(const Record& more, std::string_view known, std::string_view separator,
                      core::Instant now) {
  if (lines++ == 0) {
    record = more;
    fields = known;
  } else {
    text += separator;
    record.bytes += more.bytes;
    record.marks |= more.marks | telemetry::mark_joined;
  }
  text += more.text;
  since = now;
}

void Chain::Held::clear() {
  lines = 0;
  if (text.capacity() > (1u << 16)) std::string().swap(text);
  text.clear();
}

Chain::Chain(const Tools& tools, const ChainPlan& plan)
    : writer_(tools.resource),
      format_name_(plan.reading.name),
      wrapper_(plan.reading.wrapper ? plan.reading.wrapper() : nullptr),
      joining_(plan.joining),
      format_(plan.reading.format()),
      unparsed_(&::prometheus::BuildCounter()
                     .Name("outrider_parse_failures_total")
                     .Help("Lines that are not written as their format says, and passed as text.")
                     .Register(tools.registry)
                     .Add({{"format", format_name_}})) {
  for (const StepMaker& make : plan.steps) steps_.push_back(make(tools));
}

Chain::~Chain() = default;

void Chain::begin_look() {
  if (onlooker_ == nullptr) return;
  look_ = onlooker_->look();
  event_.notes = look_ == Onlooker::Look::closely ? &seen_ : nullptr;
  seen_.clear();
}

void Chain::apply(telemetry::Batch& batch, core::Instant now, core::WallTime wall) {
  stream_ = batch.stream;
  event_.now = now;
  event_.wall = wall;
  channel_.clear();
  said_by_.clear();
  fields_ = {};
  lanes_at_hand_ = {};
  out_.clear();
  out_.reserve(batch.records.size());
  kept_.clear();
  begin_look();
  for (const Record& record : batch.records) {
    trouble_ = {};
    if (wrapper_) {
      unwrap(record, now);
    } else if (joining_.make) {
      join_lines(lane_of_channel(), record, now);
    } else {
      read(record);
    }
  }
  batch.records = std::move(out_);
  batch.chunks = std::move(kept_);
  batch.routes = routes_;
}

Chain::Lane& Chain::lane_of_channel() {
  if (!said_by_.empty()) {
    Lane& own = lanes_[Name(stream_, channel_, said_by_)];
    if (joining_.make && !own.joiner) own.joiner = joining_.make();
    return own;
  }
  Lane*& found = lanes_at_hand_[channel_ == "stderr" ? 1 : 0];
  if (found == nullptr) {
    found = &lanes_[Name(stream_, channel_, "")];
    if (joining_.make && !found->joiner) found->joiner = joining_.make();
  }
  return *found;
}

void Chain::unwrap(Record record, core::Instant now) {
  Wrapper::Inside inside;
  inside.time = record.time;
  const bool whole = !telemetry::is_piece(record);
  if (!whole || !wrapper_->unwrap(record.text, inside)) {
    // Nothing can be said of its channel, so it waits for nothing and stands alone.
    channel_.clear();
    said_by_.clear();
    fields_ = {};
    trouble_ = whole ? wrapper_->problem() : too_long;
    read(record);
    return;
  }
  channel_ = inside.channel;
  said_by_ = inside.writer;
  fields_ = inside.fields;
  if (event_.notes != nullptr)
    event_.note(format_name_, (inside.partial ? "a part of a line" : "a line") +
                                  (channel_.empty() ? std::string() : " on " + channel_));
  record.text = inside.text;
  record.time = inside.time;
  // Most stand alone: a place to wait is made only for what might wait.
  const bool may_wait = inside.partial || joining_.make || said_by_.empty();
  if (!may_wait && (lanes_.empty() || !lanes_.contains(Name(stream_, channel_, said_by_))))
    return read(record);
  join_parts(lane_of_channel(), record, inside.partial, now);
}

void Chain::join_parts(Lane& lane, Record record, bool partial, core::Instant now) {
  if (!partial && lane.part.lines == 0) {
    if (lane.joiner) {
      join_lines(lane, record, now);
    } else {
      read(record);
    }
    return;
  }
  if (lane.part.lines > 0 && lane.part.text.size() + record.text.size() > longest_line) {
    part_done(lane, telemetry::mark_cut, now);
    record.marks |= telemetry::mark_continued;
  }
  lane.part.add(record, fields_, "", now);
  if (!partial) part_done(lane, 0, now);
}

void Chain::part_done(Lane& lane, std::uint8_t marks, core::Instant now) {
  if (lane.joiner) {
    Record record = lane.part.record;
    record.marks |= marks;
    record.text = lane.part.text;
    const std::string_view at_hand = std::exchange(fields_, lane.part.fields);
    join_lines(lane, record, now);
    fields_ = at_hand;
  } else {
    read_held(lane.part, marks);
  }
  lane.part.clear();
}

void Chain::join_lines(Lane& lane, const Record& record, core::Instant now) {
  const Joiner::Belongs belongs = lane.joiner->look(record.text);
  if (belongs == Joiner::Belongs::perhaps && lane.group.lines > 0 && lane.perhaps.size() < 16) {
    lane.perhaps.emplace_back().add(record, fields_, "", now);
    lane.group.since = now;
    return;
  }
  std::size_t lines = lane.group.lines + lane.perhaps.size() + 1;
  std::size_t bytes = lane.group.text.size() + record.text.size() + 1;
  for (const Held& one : lane.perhaps) bytes += one.text.size() + 1;
  const bool fits = lines <= joining_.most_lines && bytes <= joining_.most_bytes;
  if (belongs != Joiner::Belongs::yes || !fits) {
    group_done(lane);
  } else {
    for (const Held& one : lane.perhaps) {
      Record blank = one.record;
      blank.text = one.text;
      lane.group.add(blank, one.fields, "\n", now);
    }
    lane.perhaps.clear();
  }
  lane.group.add(record, fields_, "\n", now);
  // What ended with its stream has nothing to wait for.
  if (record.marks & telemetry::mark_unterminated) group_done(lane);
}

void Chain::group_done(Lane& lane) {
  if (lane.group.lines > 0) {
    if (event_.notes != nullptr && lane.group.lines > 1)
      event_.note("multiline", std::to_string(lane.group.lines) + " lines are one");
    read_held(lane.group, 0);
    lane.group.clear();
  }
  for (const Held& one : lane.perhaps) read_held(one, 0);
  lane.perhaps.clear();
}

void Chain::read_held(const Held& held, std::uint8_t marks) {
  Record record = held.record;
  record.marks |= marks;
  record.text = held.text;
  const std::string_view at_hand = std::exchange(fields_, held.fields);
  read(record);
  fields_ = at_hand;
}

void Chain::read(const Record& record) {
  event_.begin(record, stream_, channel_);
  if (!trouble_.empty()) {
    event_.take_as_text(trouble_);
  } else {
    format_->read(event_);
  }
  if (!event_.problem.empty()) {
    event_.record.marks |= telemetry::mark_unparsed;
    unparsed_->Increment();
    event_.note(format_name_, "taken as text: " + std::string(event_.problem));
  }
  if (!fields_.empty()) add_fields();
  for (const auto& step : steps_) {
    const Onward onward = step->edit(event_);
    if (onward != Onward::yes) return leave_out(onward);
  }
  if (event_.to != nullptr && only_ && std::ranges::find(*event_.to, *only_) == event_.to->end())
    return leave_out(Onward::routed);
  if (event_.to != nullptr && !only_) event_.record.route = route_to(*event_.to);
  document_.clear();
  writer_.write(document_, event_);
  Record& written = out_.emplace_back(event_.record);
  written.text = shelter_.keep(document_, kept_);
  if (look_ == Onlooker::Look::no) return;
  onlooker_->went_on(event_, written, seen_);
  seen_.clear();
}

// What the line says itself counts for more.
void Chain::add_fields() {
  members_.clear();
  bool escaped = false;
  if (!scan_object(fields_, members_, escaped)) return;
  const auto said = static_cast<std::ptrdiff_t>(event_.own.size());
  for (const Member& member : members_) {
    const auto end = event_.own.begin() + said;
    const auto same = [&](const Member& own) { return own.key == member.key; };
    if (std::find_if(event_.own.begin(), end, same) == end) event_.own.push_back(member);
  }
  event_.escaped = event_.escaped || escaped;
  event_.special = true;
  event_.named_elsewhere = true;
}

std::uint8_t Chain::route_to(const std::vector<std::string>& destinations) {
  if (!routes_) routes_ = std::make_shared<telemetry::Routes>();
  const telemetry::Routes& known = *routes_;
  const auto found = std::ranges::find(known, destinations);
  const auto number = static_cast<std::size_t>(found - known.begin()) + 1;
  if (found != known.end()) return static_cast<std::uint8_t>(number);
  if (number > telemetry::most_routes) return 0;
  auto more = std::make_shared<telemetry::Routes>(known);
  more->push_back(destinations);
  routes_ = std::move(more);
  return static_cast<std::uint8_t>(number);
}

void Chain::leave_out(Onward why) {
  const auto same = [&](const LeftOut& some) { return some.why == why && some.stream == stream_; };
  auto found = std::find_if(left_out_.begin(), left_out_.end(), same);
  if (found == left_out_.end()) found = left_out_.insert(found, LeftOut{stream_, why, 0, 0});
  ++found->records;
  found->bytes += event_.record.bytes;
  if (look_ == Onlooker::Look::no) return;
  onlooker_->left_out(event_, why, seen_);
  seen_.clear();
}

std::vector<telemetry::Batch> Chain::due(core::Instant now) { return take_due(now, false); }

std::vector<telemetry::Batch> Chain::rest() { return take_due({}, true); }

std::vector<telemetry::Batch> Chain::take_due(core::Instant now, bool all) {
  std::vector<telemetry::Batch> batches;
  if (!all) event_.now = now;
  begin_look();
  for (auto at = lanes_.begin(); at != lanes_.end();) {
    Lane& lane = at->second;
    stream_ = std::get<0>(at->first);
    channel_ = std::get<1>(at->first);
    fields_ = {};
    trouble_ = {};
    out_.clear();
    kept_.clear();
    const bool had_part = lane.part.lines > 0 && (all || now - lane.part.since >= rest_of_line);
    if (had_part) part_done(lane, telemetry::mark_unterminated, now);
    const bool had_group = lane.group.lines > 0 && (all || now - lane.group.since >= joining_.wait);
    if (had_group) group_done(lane);
    if (!out_.empty() || had_part || had_group) {
      telemetry::Batch batch;
      batch.stream = stream_;
      batch.records = std::move(out_);
      batch.chunks = std::move(kept_);
      batch.routes = routes_;
      batches.push_back(std::move(batch));
    }
    // A stream that says nothing any more leaves nothing behind.
    at = lane.part.lines == 0 && lane.group.lines == 0 ? lanes_.erase(at) : std::next(at);
  }
  return batches;
}

std::optional<telemetry::Origin> Chain::waits_from(const std::string& stream) const {
  std::optional<telemetry::Origin> first;
  const auto look = [&first](const Held& held) {
    if (held.lines == 0) return;
    const telemetry::Origin& origin = held.record.origin;
    const bool before =
        !first || std::pair(origin.generation, origin.offset) < std::pair(first->generation, first->offset);
    if (before) first = origin;
  };
  for (auto at = lanes_.lower_bound({stream, "", ""}); at != lanes_.end() && std::get<0>(at->first) == stream;
       ++at) {
    look(at->second.part);
    look(at->second.group);
    for (const Held& one : at->second.perhaps) look(one);
  }
  return first;
}

}  // namespace outrider::transforms
