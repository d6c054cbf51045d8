#include "agent/net/wire/x509.hpp"

#include <algorithm>
#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

struct Free {
  void operator()(X509* given) const { X509_free(given); }
  void operator()(BIO* given) const { BIO_free(given); }
  void operator()(X509_STORE* given) const { X509_STORE_free(given); }
  void operator()(X509_STORE_CTX* given) const { X509_STORE_CTX_free(given); }
};
template <class Thing>
using Held = std::unique_ptr<Thing, Free>;
using Chain = std::vector<Held<X509>>;

std::string text_of(const ASN1_STRING* from) {
  unsigned char* text = nullptr;
  const int length = ASN1_STRING_to_UTF8(&text, from);
  if (length < 0) return {};
  std::string made(reinterpret_cast<char*>(text), static_cast<std::size_t>(length));
  OPENSSL_free(text);
  return made;
}

std::string name_of(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at >= 0) return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  char* line = X509_NAME_oneline(name, nullptr, 0);
  std::string made = line == nullptr ? std::string() : line;
  OPENSSL_free(line);
  return made;
}

Outcome<Chain> read_chain(std::string_view pem) {
  const Held<BIO> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Chain chain;
  while (X509* one = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)) chain.emplace_back(one);
  const unsigned long why = ERR_peek_last_error();
  const bool is_over = ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!is_over) return fail(Errc::corrupt, "a certificate is damaged");
  if (chain.empty()) return fail(Errc::corrupt, "no certificate in PEM form is there");
  return chain;
}

bool is_for(X509* certificate, const std::string& host) {
  if (host.empty() || X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1) return true;
  return X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

// Everything but the name.
std::string verify(const Chain& chain, const Chain& authorities, core::WallTime now) {
  const Held<X509_STORE> store(X509_STORE_new());
  for (const auto& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  STACK_OF(X509)* helpers = sk_X509_new_null();
  for (const auto& one : chain) sk_X509_push(helpers, one.get());
  const Held<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), helpers);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(seconds));
  std::string why;
  if (X509_verify_cert(context.get()) != 1) {
    why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  }
  sk_X509_free(helpers);
  ERR_clear_error();
  return why;
}

}  // namespace

core::WallTime time_of(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  constexpr time_t latest = 9'000'000'000;  // "no end" is the year 9999, which a WallTime cannot hold
  return core::WallTime(std::chrono::seconds(std::min(timegm(&parts), latest)));
}

Certificate read_certificate(const X509* certificate) {
  return {name_of(X509_get_subject_name(certificate)), name_of(X509_get_issuer_name(certificate)),
          time_of(X509_get0_notBefore(certificate)), time_of(X509_get0_notAfter(certificate))};
}

Outcome<std::vector<Certificate>> read_certificates(std::string_view pem) {
  const Outcome<Chain> chain = read_chain(pem);
  if (!chain) return fail(chain.error());
  std::vector<Certificate> certificates;
  for (const auto& one : *chain) certificates.push_back(read_certificate(one.get()));
  return certificates;
}

Outcome<std::optional<std::string>> doubt_about(std::string_view chain, std::string_view authorities,
                                                const std::string& host, core::WallTime now) {
  const Outcome<Chain> shown = read_chain(chain);
  if (!shown) return fail(shown.error());
  if (!is_for(shown->front().get(), host)) return "it is not for " + host;
  if (authorities.empty()) return std::nullopt;
  const Outcome<Chain> trusted = read_chain(authorities);
  if (!trusted) return fail("the authority", trusted.error());
  const std::string why = verify(*shown, *trusted, now);
  if (!why.empty()) return why;
  return std::nullopt;
}

}  // namespace outrider::net
