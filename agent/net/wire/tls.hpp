// Certificates and keys read from their files, with errors that name the file and the trouble.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"
#include "agent/net/server.hpp"
#include "agent/net/wire/changed_files.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/ssl/context.hpp>

namespace outrider::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 and later.
core::Outcome<TlsContext> make_server_context(const TlsFiles& files);

// "cannot use the certificate /x: it ended at 2026-…" when it is not valid at `now`.
std::optional<core::Error> trouble_with_dates(const TlsContext& context, const std::string& file,
                                              core::WallTime now);

// Contexts by how they trust, made once and made anew when a file behind one has changed.
class TrustStore {
 public:
  core::Outcome<TlsContext> context_for(const TlsTrust& trust);

 private:
  struct Kept {
    TlsTrust trust;
    ChangedFiles files;
    TlsContext context;
  };
  std::vector<Kept> kept_;
};

}  // namespace outrider::net
