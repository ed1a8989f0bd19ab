// OpenSSL: DTLS, TLS and X.509. The importer sees no function-like macro; those that we need are wrapped here.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/time.h>

static inline EVP_PKEY *rtc_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline EVP_PKEY *rtc_generate_rsa(size_t bits) { return EVP_RSA_gen(bits); }

// 1.2 and nothing else: 1.0 and 1.1 are broken (RFC 8996), and OpenSSL 3 has no 1.3.
static inline int rtc_ssl_ctx_set_version(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION)
        && SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION);
}

static inline int rtc_ssl_ctx_set_groups(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_groups_list(context, list);
}

static inline void rtc_ssl_ctx_set_mode(SSL_CTX *context, long mode) { (void)SSL_CTX_set_mode(context, mode); }

static inline void rtc_ssl_ctx_disable_session_cache(SSL_CTX *context) {
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void rtc_ssl_ctx_set_max_cert_list(SSL_CTX *context, long bytes) {
    (void)SSL_CTX_set_max_cert_list(context, bytes);
}

static inline void rtc_ssl_set_mtu(SSL *ssl, long mtu) { (void)SSL_set_mtu(ssl, mtu); }

static inline int rtc_ssl_set_max_send_fragment(SSL *ssl, long bytes) {
    return (int)SSL_set_max_send_fragment(ssl, bytes);
}

// The time until the next retransmission in microseconds, or -1 when the timer is not running.
static inline long long rtc_dtls_get_timeout(SSL *ssl) {
    struct timeval left = { 0, 0 };
    if (!DTLSv1_get_timeout(ssl, &left)) return -1;
    return (long long)left.tv_sec * 1000000 + left.tv_usec;
}

static inline int rtc_dtls_handle_timeout(SSL *ssl) { return (int)DTLSv1_handle_timeout(ssl); }

static inline const char *rtc_ssl_group_name(SSL *ssl) {
    int group = (int)SSL_get_negotiated_group(ssl);
    return group == 0 ? NULL : SSL_group_to_name(ssl, group);
}

static inline void rtc_bio_want_read(BIO *bio) {
    BIO_clear_retry_flags(bio);
    BIO_set_retry_read(bio);
}

static inline void rtc_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline long rtc_bio_memory(BIO *bio, const unsigned char **bytes) {
    return BIO_get_mem_data(bio, (char **)bytes);
}

// Tickets and renegotiation have no use here, a compressed record would tell of its content, and the MTU is given.
static inline void rtc_ssl_ctx_set_options(SSL_CTX *context) {
    (void)SSL_CTX_set_options(
        context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_QUERY_MTU
                     | SSL_OP_CIPHER_SERVER_PREFERENCE);
}

// A TLS client: no version that is broken (RFC 8996), and nothing that one connection of bytes has no use for.
static inline void rtc_tls_ctx_configure(SSL_CTX *context) {
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void rtc_tls_ctx_trust_partial_chains(SSL_CTX *context) {
    (void)X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

static inline int rtc_ssl_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void rtc_ssl_forbid_partial_wildcards(SSL *ssl) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
}

static inline void rtc_bio_reset(BIO *bio) { (void)BIO_reset(bio); }

// SSL_get_error looks at the thread's error queue, so it must be empty before each call. Emptying an empty one costs 30 ns.
static inline void rtc_err_clear(void) {
    if (ERR_peek_error() != 0) ERR_clear_error();
}
