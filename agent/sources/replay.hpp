// Sources that can be read again, as files can: they are their own buffer, and are read once for each sink,
// at that sink's pace, along a Lane. So a sink that is dead stops no other, and costs no memory.
#pragma once

#include "agent/core/task.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace outrider::sources {

// What a replay source must still know when the agent starts again, and how far each sink has got. Saved
// together, in one step, about once a second and at the end; a power cut loses at most the last of these.
class Notebook {
 public:
  Notebook() = default;
  Notebook(const Notebook&) = delete;
  Notebook& operator=(const Notebook&) = delete;
  virtual ~Notebook() = default;

  virtual std::map<std::string, std::string> notes()
      const = 0;  // of this source, as saved and as noted since
  virtual void note(const std::string& key, std::string text) = 0;
  virtual void forget(const std::string& key) = 0;
};

// Where a batch lies in what can be read again. A `part` is one run of bytes or entries with growing places,
// as one generation of a file: its key is the source's own, unique for ever within its notebook.
struct Place {
  std::string part;
  std::uint32_t generation = 0;  // as in the records' Origin
  std::uint64_t from = 0;
  std::uint64_t to = 0;  // where reading goes on
};

// The way to one sink: hands on in order, and knows how far the sink has got.
class Lane {
 public:
  Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  virtual ~Lane() = default;

  virtual const std::string& sink() const = 0;

  // Waits while the sink has enough to do; it must be awaited before each take(). False: nothing more is
  // wanted, the agent or the pipeline ends, and run() should too.
  virtual core::Task<bool> room() = 0;

  // What was read of one part, in order; may be without records, so that the place is known to be passed.
  // Lines of one `batch.stream` are put together across its parts.
  virtual void take(telemetry::Batch batch, Place place) = 0;

  // Up to where everything of a part is safe at the sink; 0 for a part it has not heard of. It outlives a
  // restart.
  virtual std::uint64_t settled(const std::string& part) const = 0;
  // Called on the river whenever settled() of some part has grown. One listener.
  virtual void when_settled(std::function<void()> listener) = 0;
  // The part is done with for this sink: its cursor is no longer kept.
  virtual void forget(const std::string& part) = 0;
};

// A source that can be read again. One object serves all its lanes, so that what is common (which files
// there are, which are the same under another name) is found out once.
class ReplaySource {
 public:
  ReplaySource() = default;
  ReplaySource(const ReplaySource&) = delete;
  ReplaySource& operator=(const ReplaySource&) = delete;
  virtual ~ReplaySource() = default;

  // The name of its account in the ledger, one for all that it reads: "/var/log/tests-api/*.log".
  virtual std::string name() const = 0;

  // Reads until cancelled, or until a lane's room() says that nothing more is wanted: then that lane is done.
  // Once. `notebook` and `lanes` outlive the source: what was taken may settle after run() has ended.
  virtual core::Task<void> run(Notebook& notebook, std::vector<Lane*> lanes) = 0;
};

}  // namespace outrider::sources
