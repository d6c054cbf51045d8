// How `tls: {…}` of somebody who listens is written: whom to show oneself as, and who may call. `Files` is
// net::TlsFiles, of which nothing is known down here but the names of its members.
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::config {

template <class Files>
Kind<Files> tls_files() {
  return Object<Files>()
      .required("certificate", &Files::certificate, path(),
                "PEM file of the certificate and its chain, leaf first")
      .required("key", &Files::key, path(), "PEM file of its private key")
      .optional("client_authority", &Files::client_authority, path(),
                "PEM file of the authority that must have signed every client's certificate");
}

}  // namespace outrider::config
