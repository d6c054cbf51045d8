// What a process writes, kept in memory that outlives the agent. The kernel moves it from the pipe to the end
// of a file in one step: killed at any instant, each byte is in the one or in the other, and in no third
// place. The files lie in a folder of a tmpfs: nothing that the process writes gets to a disk before secrets
// are out of it.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/descriptor.hpp"
#include "agent/os/stream.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::os {

// Beyond that what is read is not kept, as if there were no keeping, until some of it is safe.
inline constexpr std::uint64_t most_kept_bytes = 8u << 20;
inline constexpr std::uint64_t kept_file_bytes = 256u << 10;

// The folder in memory that belongs to `folder`, which lies on a disk and knows its name; made when missing.
core::Outcome<std::string> make_room_for_bytes(const std::string& folder,
                                               const std::string& memory = "/dev/shm");
// `not_found` when there is none, or it is not ours alone.
core::Outcome<std::string> find_room_for_bytes(const std::string& folder);

// `pipe` may be empty: then it ends with what is kept. `name` is that of its files in `room`.
std::unique_ptr<ByteSource> make_kept_stream(Descriptor pipe, std::string room, std::string name);

// Names of streams that have files in a room, in order.
std::vector<std::string> kept_streams(const std::string& room);

}  // namespace outrider::os
