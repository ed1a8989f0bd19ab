// OpenSSL: DTLS and X.509. The importer sees no function-like macro; those that we need are wrapped here.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
