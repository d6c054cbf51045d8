// The directory a drill or a proof standby works in. It is ours alone: marked, and never cleared when it is
// not. Calls block.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/descriptor.hpp"

#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::recovery {

// Each has a mark of its own: a drill never takes a standby's directory, nor the other way round.
enum class ScratchUse { drill, standby };

class ScratchFolder {
 public:
  // `user` owns what is in it; empty: whoever we are.
  ScratchFolder(std::string path, std::string user, ScratchUse use = ScratchUse::drill)
      : path_(std::move(path)), user_(std::move(user)), use_(use) {}

  // Takes it, or says why not: `denied` when it holds somebody else's files, `busy` while another process has
  // it. It is held until this object goes: two agents would end each other's servers. What an earlier drill
  // left running is ended, and what it left is removed; its data stay when they are whole and `reuse` is
  // wished.
  core::Outcome<> take(bool reuse);
  bool taken() const { return static_cast<bool>(held_); }
  // Removes all that is in it, but for the mark and, when kept, the data. Nothing when it was not taken.
  core::Outcome<> clear(bool keep_data);

  bool has_whole_data() const;
  void mark_data_whole(bool whole) const;
  core::Outcome<> mark_data_whole_with(const std::string& note) const;
  std::string note() const;  // of whole data

  core::Outcome<> write(const std::string& name, std::string_view content) const;
  core::Outcome<> give(const std::string& path) const;  // to the user

  std::string path() const { return path_; }
  std::string data() const { return path_ + "/data"; }
  std::string socket() const { return path_ + "/s"; }
  std::string ahead() const { return path_ + "/ahead"; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  core::Outcome<> make_folder(const std::string& path) const;
  core::Outcome<> hold();
  const char* mark() const;

  std::string path_;
  std::string user_;
  ScratchUse use_;
  os::Descriptor held_;
};

// Ends a server that an earlier drill or standby left behind in `data`; never one that is not started there.
// `first` is the signal that it gets while one is patient with it.
core::Outcome<> end_leftover(const std::string& data, int first = SIGQUIT);

// Ends what still runs in `data`: processes of a server that was itself killed, and what they had started.
// They are no children of ours, and would go on writing into a directory that is being cleared.
void end_stragglers(const std::string& data);

}  // namespace outrider::recovery
