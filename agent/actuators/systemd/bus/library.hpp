// The functions of libsystemd's D-Bus that are used, found when a unit is first asked after: who has no unit
// neither needs the library nor pays for it. Their signatures are part of its stable interface.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" {
struct sd_bus;
struct sd_bus_slot;
struct sd_bus_message;
}

namespace outrider::actuators::systemd {

struct BusError {  // as sd_bus_error
  const char* name;
  const char* message;
  int needs_free;
};

using Handler = int (*)(sd_bus_message* message, void* mine, BusError* error);

struct Library {
  int (*create)(sd_bus** bus);
  int (*set_address)(sd_bus* bus, const char* address);
  int (*set_bus_client)(sd_bus* bus, int yes);
  int (*start)(sd_bus* bus);
  sd_bus* (*close_unref)(sd_bus* bus);
  int (*process)(sd_bus* bus, sd_bus_message** message);
  int (*get_fd)(sd_bus* bus);
  int (*get_events)(sd_bus* bus);
  int (*call_method_async)(sd_bus* bus, sd_bus_slot** slot, const char* destination, const char* path,
                           const char* interface, const char* member, Handler handler, void* mine,
                           const char* types, ...);
  int (*match_signal_async)(sd_bus* bus, sd_bus_slot** slot, const char* sender, const char* path,
                            const char* interface, const char* member, Handler handler, Handler installed,
                            void* mine);
  sd_bus_slot* (*slot_unref)(sd_bus_slot* slot);
  int (*read)(sd_bus_message* message, const char* types, ...);
  int (*read_array)(sd_bus_message* message, char type, const void** bytes, std::size_t* count);
  int (*peek_type)(sd_bus_message* message, char* type, const char** contents);
  int (*enter)(sd_bus_message* message, char type, const char* contents);
  int (*leave)(sd_bus_message* message);
  int (*skip)(sd_bus_message* message, const char* types);
  const BusError* (*error_of)(sd_bus_message* message);
};

// Stays loaded; whoever asks again gets the same, and quickly.
core::Outcome<Library> load_library(const std::string& name = "libsystemd.so.0");

}  // namespace outrider::actuators::systemd
