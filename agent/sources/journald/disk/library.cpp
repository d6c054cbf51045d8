#include "agent/sources/journald/disk/library.hpp"

#include <type_traits>

#include <dlfcn.h>

namespace outrider::sources::journald {
namespace {

const char* const hint = "install the package libsystemd0";

}  // namespace

core::Outcome<Library> load_library(const std::string& name) {
  void* const handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): each thread has its own
    return core::fail(core::Errc::unavailable,
                      "cannot load " + name + ": " + (why != nullptr ? why : "nobody says why"), hint);
  }
  Library library{};
  std::string missing;
  const auto find = [&](auto& function, const char* symbol) {
    void* const found = ::dlsym(handle, symbol);
    if (found == nullptr) missing = symbol;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(found);
  };
  find(library.open, "sd_journal_open");
  find(library.open_namespace, "sd_journal_open_namespace");
  find(library.open_directory, "sd_journal_open_directory");
  find(library.close, "sd_journal_close");
  find(library.set_data_threshold, "sd_journal_set_data_threshold");
  find(library.next, "sd_journal_next");
  find(library.previous, "sd_journal_previous");
  find(library.seek_head, "sd_journal_seek_head");
  find(library.seek_tail, "sd_journal_seek_tail");
  find(library.seek_cursor, "sd_journal_seek_cursor");
  find(library.seek_monotonic_usec, "sd_journal_seek_monotonic_usec");
  find(library.test_cursor, "sd_journal_test_cursor");
  find(library.get_cursor, "sd_journal_get_cursor");
  find(library.get_realtime_usec, "sd_journal_get_realtime_usec");
  find(library.restart_data, "sd_journal_restart_data");
  find(library.enumerate_data, "sd_journal_enumerate_data");
  find(library.add_match, "sd_journal_add_match");
  find(library.add_disjunction, "sd_journal_add_disjunction");
  find(library.add_conjunction, "sd_journal_add_conjunction");
  find(library.flush_matches, "sd_journal_flush_matches");
  find(library.get_fd, "sd_journal_get_fd");
  find(library.process, "sd_journal_process");
  find(library.get_boot, "sd_id128_get_boot");
  if (missing.empty()) return library;
  ::dlclose(handle);
  return core::fail(core::Errc::unsupported, "cannot use " + name + ": it has no " + missing,
                    "its systemd is older than version 245");
}

}  // namespace outrider::sources::journald
