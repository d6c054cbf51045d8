// Certificates for tests, made as they are needed.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace outrider::net::testing {

// A certificate with its key; signs others when it is an authority.
class Identity {
 public:
  struct Wish {
    std::string name;
    bool authority = false;
    int begins_in_days = -1;
    int ends_in_days = 30;
  };

  explicit Identity(const Wish& wish, const Identity* signer = nullptr)
      : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
    static int serial = 0;
    constexpr long day = 24L * 60 * 60;
    X509* x = certificate_.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), wish.begins_in_days * day);
    X509_gmtime_adj(X509_getm_notAfter(x), wish.ends_in_days * day);
    X509_set_pubkey(x, key_.get());
    const auto* name = reinterpret_cast<const unsigned char*>(wish.name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, name, -1, -1, 0);
    const Identity& issuer = signer != nullptr ? *signer : *this;
    X509_set_issuer_name(x, X509_get_subject_name(issuer.certificate_.get()));
    add(issuer, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
    std::string names = "DNS:localhost,IP:127.0.0.1";
    if (wish.name.find('.') != std::string::npos) names += ",DNS:" + wish.name;
    if (!wish.authority) add(issuer, NID_subject_alt_name, names.c_str());
    X509_sign(x, issuer.key_.get(), EVP_sha256());
  }

  std::string certificate_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(memory.get(), certificate_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  void write(const std::string& certificate_file, const std::string& key_file = {}) const {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(certificate_file.c_str(), "w"), &std::fclose);
    PEM_write_X509(file.get(), certificate_.get());
    if (key_file.empty()) return;
    const std::unique_ptr<FILE, int (*)(FILE*)> key(std::fopen(key_file.c_str(), "w"), &std::fclose);
    PEM_write_PrivateKey(key.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

 private:
  void add(const Identity& issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer.certificate_.get(), certificate_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace outrider::net::testing
