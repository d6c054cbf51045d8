// OpenSSL's certificates as ours.
#pragma once

#include "agent/net/certificate.hpp"

#include <openssl/x509.h>

namespace outrider::net {

core::WallTime time_of(const ASN1_TIME* time);
Certificate read_certificate(const X509* certificate);

}  // namespace outrider::net
