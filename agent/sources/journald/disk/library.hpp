// The functions of libsystemd that are used, found when the journal is opened for the first time: who does
// not read it neither needs the library nor pays for it. Their signatures are part of its stable interface.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" {
struct sd_journal;
}

namespace outrider::sources::journald {

// As sd_id128_t: sixteen bytes, given by value.
union Id128 {
  std::uint8_t bytes[16];
  std::uint64_t words[2];
};

struct Library {
  int (*open)(sd_journal** journal, int flags);
  int (*open_namespace)(sd_journal** journal, const char* name_space, int flags);
  int (*open_directory)(sd_journal** journal, const char* path, int flags);
  void (*close)(sd_journal* journal);
  int (*set_data_threshold)(sd_journal* journal, std::size_t bytes);
  int (*next)(sd_journal* journal);
  int (*previous)(sd_journal* journal);
  int (*seek_head)(sd_journal* journal);
  int (*seek_tail)(sd_journal* journal);
  int (*seek_cursor)(sd_journal* journal, const char* cursor);
  int (*seek_monotonic_usec)(sd_journal* journal, Id128 boot, std::uint64_t microseconds);
  int (*test_cursor)(sd_journal* journal, const char* cursor);
  int (*get_cursor)(sd_journal* journal, char** cursor);
  int (*get_realtime_usec)(sd_journal* journal, std::uint64_t* microseconds);
  void (*restart_data)(sd_journal* journal);
  int (*enumerate_data)(sd_journal* journal, const void** data, std::size_t* bytes);
  int (*add_match)(sd_journal* journal, const void* data, std::size_t bytes);
  int (*add_disjunction)(sd_journal* journal);
  int (*add_conjunction)(sd_journal* journal);
  void (*flush_matches)(sd_journal* journal);
  int (*get_fd)(sd_journal* journal);
  int (*process)(sd_journal* journal);
  int (*get_boot)(Id128* boot);
};

// Stays loaded; whoever asks again gets the same, and quickly.
core::Outcome<Library> load_library(const std::string& name);

}  // namespace outrider::sources::journald
