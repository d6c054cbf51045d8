// What becomes of the lines of one source: unwrapped, put together, read, changed, written as documents.
// A line that is not as it should be goes on as text with the reason in `error.message`, and is counted;
// nothing stops the river. Lines wait here only for the rest of themselves: at most `Joining::wait`, or five
// seconds for the rest of a line that its runtime has split, and never more than 1 MiB of each stream.
#pragma once

#include "agent/transforms/document.hpp"
#include "agent/transforms/onlooker.hpp"
#include "agent/transforms/shelf.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
}

namespace outrider::transforms {

// What `logs.read[].format` says.
struct Reading {
  std::string name;      // "json", "cri"
  WrapperMaker wrapper;  // may be empty
  FormatMaker format;
};

struct ChainPlan {
  Reading reading;
  Joining joining;
  std::vector<StepMaker> steps;
};

// Records of a stream that a step let go no further.
struct LeftOut {
  std::string stream;
  Onward why;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

class Chain {
 public:
  Chain(const Tools& tools, const ChainPlan& plan);
  ~Chain();

  // Rewrites the batch: each record that is complete becomes a document. Those that wait for more are not in
  // it any more; they come back with a later batch of their stream, or with due(). Those that a step lets go
  // no further are in none: left_out() has them.
  void apply(telemetry::Batch& batch, core::Instant now, core::WallTime wall = {});

  // From now on, what a step sends elsewhere is left out. Otherwise its record says where it goes.
  void serve_only(std::string destination) { only_ = std::move(destination); }

  // What has waited long enough, one batch a stream; without records where all were left out.
  std::vector<telemetry::Batch> due(core::Instant now);
  // Everything that waits: no more is to come.
  std::vector<telemetry::Batch> rest();

  // What was left out since the last call.
  std::vector<LeftOut> left_out() { return std::exchange(left_out_, {}); }

  // Where the first of what waits of a stream began: what was read before it has been handed on.
  std::optional<telemetry::Origin> waits_from(const std::string& stream) const;

  // From now on, what is done to each line goes there, too: for `outrider explain`.
  void explain_to(std::vector<Note>* notes) { event_.notes = notes; }

  // From now on it may look at what becomes of each record; null: nobody. It outlives the chain.
  void watched_by(Onlooker* onlooker) { onlooker_ = onlooker; }

 private:
  // A line that waits, with its text.
  struct Held {
    telemetry::Record record;
    std::string text;
    std::string fields;     // of its first line
    std::size_t lines = 0;  // 0: nothing waits
    core::Instant since{};

    void add(const telemetry::Record& more, std::string_view known, std::string_view separator,
             core::Instant now);
    void clear();
  };
  // One channel, or one writer, of one stream: lines of stdout and stderr lie side by side in one file.
  struct Lane {
    std::unique_ptr<Joiner> joiner;
    Held part;                  // of a line that its runtime has split
    Held group;                 // lines that belong together
    std::vector<Held> perhaps;  // they belong to the group if the next line does
  };
  using Name = std::tuple<std::string, std::string, std::string>;  // stream, channel, writer

  Lane& lane_of_channel();
  void unwrap(telemetry::Record record, core::Instant now);
  void join_parts(Lane& lane, telemetry::Record record, bool partial, core::Instant now);
  void join_lines(Lane& lane, const telemetry::Record& record, core::Instant now);
  void part_done(Lane& lane, std::uint8_t marks, core::Instant now);
  void group_done(Lane& lane);
  void read(const telemetry::Record& record);
  void read_held(const Held& held, std::uint8_t marks);
  void add_fields();
  void leave_out(Onward why);
  void begin_look();
  std::uint8_t route_to(const std::vector<std::string>& destinations);
  std::vector<telemetry::Batch> take_due(core::Instant now, bool all);

  DocumentWriter writer_;
  std::string format_name_;
  std::unique_ptr<Wrapper> wrapper_;
  Joining joining_;
  std::unique_ptr<Format> format_;
  std::vector<std::unique_ptr<Step>> steps_;
  ::prometheus::Counter* unparsed_;
  std::map<Name, Lane> lanes_;
  Event event_;
  telemetry::Shelter shelter_;
  std::string document_;
  // Of the batch at hand.
  std::string stream_;
  std::string channel_;
  std::string said_by_;                   // the writer
  std::string_view fields_;               // what is known of the line at hand beside its text
  std::array<Lane*, 2> lanes_at_hand_{};  // of standard output, of standard error
  std::string_view trouble_;              // why the wrapper could not be taken off
  std::vector<telemetry::Record> out_;
  std::vector<LeftOut> left_out_;  // of all batches, until it is asked for
  std::vector<telemetry::ChunkPointer> kept_;
  std::vector<Member> members_;
  Onlooker* onlooker_ = nullptr;
  Onlooker::Look look_ = Onlooker::Look::no;  // at the batch at hand
  std::vector<Note> seen_;                    // of the record at hand
  std::optional<std::string> only_;
  std::shared_ptr<const telemetry::Routes> routes_;  // grows at its end; null: none was taken yet
};

}  // namespace outrider::transforms
