// The configuration of a scratch server: complete in itself, so that nothing of the source's own takes
// effect. Pure.
#pragma once

#include "agent/recovery/ground/ground.hpp"

#include <string>

namespace outrider::recovery {

// postgresql.conf. `restore_command` as it is to be run; `socket` is the only way in.
std::string server_settings(const ServerPlan& plan, const std::string& restore_command,
                            const std::string& socket, const std::string& hba_path);

// pg_hba.conf: whoever can reach the socket's directory, which is the drill's user alone.
std::string server_access();

// The last words of a server's log: its last PANIC, else that a process of it was killed, else its last FATAL
// that is not the answer to somebody who knocked too early, else its last line.
std::string last_words_of_log(std::string_view log);

}  // namespace outrider::recovery
