// The shelf of transforms: what happens to a line between source and sink. Pure: bytes in, bytes out.
//   wrapper  what a runtime wrote around a line                     cri  docker_json  journald  otlp
//   joiner   which lines belong together                            multiline
//   format   what a line says                                       json  logfmt  regex  text
//   step     what is done to what it says                           steps  redact
//            or that it goes no further
// A Chain (chain.hpp) puts them together in this order and writes the document that sinks get.
#pragma once

#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/resource.hpp"
#include "agent/transforms/event.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Registry;
}

namespace outrider::transforms {

// What a chain and its parts may use. Both outlive it.
struct Tools {
  const core::Resource& resource;
  ::prometheus::Registry& registry;
};

class Format {
 public:
  Format() = default;
  Format(const Format&) = delete;
  Format& operator=(const Format&) = delete;
  virtual ~Format() = default;

  // Finds out what `event.line` says. What it cannot read it takes as text and says why; it never fails.
  virtual void read(Event& event) = 0;
};

class Wrapper {
 public:
  struct Inside {
    std::string_view text;
    std::string_view channel;   // stdout or stderr
    core::WallTime time{};      // as the line was read, unless the runtime says
    bool partial = false;       // its end comes with the next line of the same channel and writer
    std::string_view writer{};  // whose lines belong together, where several write one stream
    std::string_view fields{};  // a JSON object of what is known beside the text; empty: nothing
  };

  Wrapper() = default;
  Wrapper(const Wrapper&) = delete;
  Wrapper& operator=(const Wrapper&) = delete;
  virtual ~Wrapper() = default;

  // False when `line` is nothing that the runtime wrote. What `inside` looks at lasts until the next call.
  virtual bool unwrap(std::string_view line, Inside& inside) = 0;
  virtual std::string_view problem() const = 0;  // what is said of a line that is no such thing
};

class Joiner {
 public:
  enum class Belongs { no, yes, perhaps };  // perhaps: if the next line that is not `perhaps` does

  Joiner() = default;
  Joiner(const Joiner&) = delete;
  Joiner& operator=(const Joiner&) = delete;
  virtual ~Joiner() = default;

  // Whether the next line of its one stream belongs to the lines before it.
  virtual Belongs look(std::string_view line) = 0;
};

// Whether a record goes on after a step, and if not, why: the ledger counts it by that.
enum class Onward : std::uint8_t { yes, filtered, sampled, rate_limited, routed };

class Step {
 public:
  Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  virtual ~Step() = default;

  // Changes what the line says, in place. Whoever adds or renames fields says so: `event.special` and
  // `event.named_elsewhere`.
  virtual Onward edit(Event& event) = 0;

  // Adds the names of the destinations that it may send records to.
  virtual void name_destinations(std::vector<std::string>&) const {}
};

using FormatMaker = std::function<std::unique_ptr<Format>()>;
using WrapperMaker = std::function<std::unique_ptr<Wrapper>()>;
using StepMaker = std::function<std::unique_ptr<Step>(const Tools&)>;

struct Joining {
  std::function<std::unique_ptr<Joiner>()> make;  // one a stream; empty: every line stands alone
  std::size_t most_lines = 500;
  std::size_t most_bytes = 256 * 1024;
  core::Duration wait = std::chrono::seconds(1);  // for the next line
};

struct FormatEntry {
  std::string_view name;
  std::string_view help;
  FormatMaker plain;                              // `format: json`; empty: it needs a value
  std::optional<config::Kind<FormatMaker>> kind;  // `format: {regex: …}`; nothing: it takes none
};

struct WrapperEntry {
  std::string_view name;  // `format: cri`, `format: {cri: json}`
  std::string_view help;
  WrapperMaker make;
};

using JoinerEntry = config::ShelfEntry<Joining>;  // a key of an element of `logs.read`
using StepEntry = config::ShelfEntry<StepMaker>;  // a key of `logs`

class Shelf {
 public:
  void put(FormatEntry entry) { formats_.push_back(std::move(entry)); }
  void put(WrapperEntry entry) { wrappers_.push_back(std::move(entry)); }
  void put(JoinerEntry entry) { joiners_.push_back(std::move(entry)); }
  void put(StepEntry entry) { steps_.push_back(std::move(entry)); }
  const std::vector<FormatEntry>& formats() const { return formats_; }
  const std::vector<WrapperEntry>& wrappers() const { return wrappers_; }
  const std::vector<JoinerEntry>& joiners() const { return joiners_; }
  const std::vector<StepEntry>& steps() const { return steps_; }

 private:
  std::vector<FormatEntry> formats_;
  std::vector<WrapperEntry> wrappers_;
  std::vector<JoinerEntry> joiners_;
  std::vector<StepEntry> steps_;
};

void fill(Shelf& shelf);

}  // namespace outrider::transforms
