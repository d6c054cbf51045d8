#include "agent/net/wire/tls.hpp"

#include "agent/core/text.hpp"
#include "agent/net/wire/x509.hpp"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace outrider::net {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using core::Errc;
using core::fail;
using core::Outcome;

constexpr std::size_t most_contexts = 16;
constexpr std::array<unsigned char, 3> http2_by_name{2, 'h', '2'};

// OpenSSL says "system lib" where the kernel says which file and why.
Outcome<> check_readable(std::string_view what, const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(core::system_error("cannot read the " + std::string(what) + " " + file));
  ::close(descriptor);
  return {};
}

core::Error unusable(std::string_view what, const std::string& file, const error_code& error) {
  const std::string start = "cannot use the " + std::string(what) + " " + file + ": ";
  const auto code = static_cast<unsigned long>(error.value());
  if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) {
    return {Errc::invalid, start + "nothing in PEM form is in it"};
  }
  if (ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH) {
    return {Errc::invalid, start + "it does not belong to the certificate",
            "give the key that the certificate was made for"};
  }
  return {Errc::invalid, start + error.message()};
}

// Without this OpenSSL would ask for an encrypted key's password on the terminal.
int no_password(char*, int, int, void*) { return 0; }

TlsContext make_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  SSL_CTX* handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(handle, no_password);
  return context;
}

Outcome<> use_identity(ssl::context& context, const std::string& certificate, const std::string& key) {
  error_code error;
  if (auto readable = check_readable("certificate", certificate); !readable) return readable;
  if (auto readable = check_readable("key", key); !readable) return readable;
  context.use_certificate_chain_file(certificate, error);
  if (error) return fail(unusable("certificate", certificate, error));
  context.use_private_key_file(key, ssl::context::pem, error);
  if (error) return fail(unusable("key", key, error));
  return {};
}

Outcome<> use_authority(ssl::context& context, const std::string& file) {
  if (auto readable = check_readable("authority", file); !readable) return readable;
  error_code error;
  context.load_verify_file(file, error);
  if (error) return fail(unusable("authority", file, error));
  return {};
}

Outcome<TlsContext> make_client_context(const TlsTrust& trust) {
  TlsContext context = make_context(ssl::context::tls_client);
  if (!trust.authority.empty()) {
    if (auto used = use_authority(*context, trust.authority); !used) return fail(used.error());
  } else if (trust.verify) {
    error_code error;
    context->set_default_verify_paths(error);
    if (error) return fail(Errc::internal, "cannot use the system's authorities: " + error.message());
  }
  if (!trust.certificate.empty()) {
    const std::string& key = trust.key.empty() ? trust.certificate : trust.key;
    if (auto used = use_identity(*context, trust.certificate, key); !used) return fail(used.error());
  }
  if (trust.wants_http2)
    SSL_CTX_set_alpn_protos(context->native_handle(), http2_by_name.data(), http2_by_name.size());
  return context;
}

int choose_http2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                 unsigned offered_size, void*) {
  unsigned char* name = nullptr;
  const int found =
      SSL_select_next_proto(&name, size, http2_by_name.data(), http2_by_name.size(), offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *chosen = name;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Outcome<TlsContext> make_server_context(const TlsFiles& files) {
  TlsContext context = make_context(ssl::context::tls_server);
  if (files.speaks_http2) SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_http2, nullptr);
  const std::string& key = files.key.empty() ? files.certificate : files.key;
  if (auto used = use_identity(*context, files.certificate, key); !used) return fail(used.error());
  if (!files.client_authority.empty()) {
    if (auto used = use_authority(*context, files.client_authority); !used) return fail(used.error());
    SSL_CTX* handle = context->native_handle();
    SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_client_CA_list(handle, SSL_load_client_CA_file(files.client_authority.c_str()));
    // A resumed session may not outlive what we would believe today.
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(handle, 0);
    SSL_CTX_set_options(handle, SSL_OP_NO_TICKET);
  }
  return context;
}

std::optional<core::Error> trouble_with_dates(const TlsContext& context, const std::string& file,
                                              core::WallTime now) {
  const X509* certificate = SSL_CTX_get0_certificate(context->native_handle());
  if (certificate == nullptr) return std::nullopt;
  const core::WallTime begin = time_of(X509_get0_notBefore(certificate));
  const core::WallTime end = time_of(X509_get0_notAfter(certificate));
  const std::string start = "cannot use the certificate " + file + ": ";
  const std::string hint = "renew it, or set the clock right";
  if (now < begin) return core::Error(Errc::invalid, start + "it begins at " + core::show_time(begin), hint);
  if (now > end) return core::Error(Errc::invalid, start + "it ended at " + core::show_time(end), hint);
  return std::nullopt;
}

Outcome<TlsContext> TrustStore::context_for(const TlsTrust& trust) {
  ChangedFiles files({trust.authority, trust.certificate, trust.key});
  const auto known = std::ranges::find(kept_, trust, &Kept::trust);
  if (known != kept_.end()) {
    if (!known->files.have_changed()) return known->context;
    kept_.erase(known);
  }
  auto context = make_client_context(trust);
  if (!context) return context;
  if (kept_.size() >= most_contexts) kept_.erase(kept_.begin());
  kept_.push_back({trust, std::move(files), *context});
  return context;
}

}  // namespace outrider::net
