#include "agent/actuators/systemd/bus/library.hpp"

#include <type_traits>

#include <dlfcn.h>

namespace outrider::actuators::systemd {

core::Outcome<Library> load_library(const std::string& name) {
  void* const handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): each thread has its own
    return core::fail(core::Errc::unavailable,
                      "cannot load " + name + ": " + (why != nullptr ? why : "nobody says why"),
                      "install the package libsystemd0");
  }
  Library library{};
  std::string missing;
  const auto find = [&](auto& function, const char* symbol) {
    void* const found = ::dlsym(handle, symbol);
    if (found == nullptr) missing = symbol;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(found);
  };
  find(library.create, "sd_bus_new");
  find(library.set_address, "sd_bus_set_address");
  find(library.set_bus_client, "sd_bus_set_bus_client");
  find(library.start, "sd_bus_start");
  find(library.close_unref, "sd_bus_close_unref");
  find(library.process, "sd_bus_process");
  find(library.get_fd, "sd_bus_get_fd");
  find(library.get_events, "sd_bus_get_events");
  find(library.call_method_async, "sd_bus_call_method_async");
  find(library.match_signal_async, "sd_bus_match_signal_async");
  find(library.slot_unref, "sd_bus_slot_unref");
  find(library.read, "sd_bus_message_read");
  find(library.read_array, "sd_bus_message_read_array");
  find(library.peek_type, "sd_bus_message_peek_type");
  find(library.enter, "sd_bus_message_enter_container");
  find(library.leave, "sd_bus_message_exit_container");
  find(library.skip, "sd_bus_message_skip");
  find(library.error_of, "sd_bus_message_get_error");
  if (missing.empty()) return library;
  ::dlclose(handle);
  return core::fail(core::Errc::unsupported, "cannot use " + name + ": it has no " + missing,
                    "its systemd is older than version 240");
}

}  // namespace outrider::actuators::systemd
