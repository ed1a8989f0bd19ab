// OpenSSL: DTLS, TLS and X.509. The importer sees no function-like macro; those that we need are wrapped here.
#pragma once
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/time.h>

#include "handshake_library.h"

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

// The key block of TLS 1.2 (RFC 5246 §6.3), of a session whose handshake is over. `digest` is the hash function of its suite.
static inline int rtc_tls12_key_block(SSL *ssl, const char *digest, unsigned char *out, size_t count) {
    unsigned char master[SSL_MAX_MASTER_KEY_LENGTH];
    unsigned char seed[13 + 2 * SSL3_RANDOM_SIZE] = "key expansion";
    size_t length = SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof master);
    int done = 0;
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    if (context && length > 0 && SSL_get_server_random(ssl, seed + 13, SSL3_RANDOM_SIZE) == SSL3_RANDOM_SIZE
        && SSL_get_client_random(ssl, seed + 13 + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE) == SSL3_RANDOM_SIZE) {
        OSSL_PARAM parameters[4] = {
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, length),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof seed),
            OSSL_PARAM_construct_end(),
        };
        done = EVP_KDF_derive(context, out, count, parameters) == 1;
    }
    OPENSSL_cleanse(master, sizeof master);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return done;
}

// AEAD with a nonce of 12 bytes and a tag of 16 behind the ciphertext. The context has its cipher and key.
static inline int rtc_aead_seal(EVP_CIPHER_CTX *context, const unsigned char *nonce, const unsigned char *aad,
                                size_t aad_count, const unsigned char *in, size_t count, unsigned char *out) {
    int length = 0;
    return EVP_EncryptInit_ex(context, NULL, NULL, NULL, nonce) == 1
        && EVP_EncryptUpdate(context, NULL, &length, aad, (int)aad_count) == 1
        && EVP_EncryptUpdate(context, out, &length, in, (int)count) == 1
        && EVP_EncryptFinal_ex(context, out + length, &length) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out + count) == 1;
}

// `count` is without the tag. Nothing in `out` may be used unless this returns 1.
static inline int rtc_aead_open(EVP_CIPHER_CTX *context, const unsigned char *nonce, const unsigned char *aad,
                                size_t aad_count, const unsigned char *in, size_t count, unsigned char *out) {
    int length = 0;
    return EVP_DecryptInit_ex(context, NULL, NULL, NULL, nonce) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)(in + count)) == 1
        && EVP_DecryptUpdate(context, NULL, &length, aad, (int)aad_count) == 1
        && EVP_DecryptUpdate(context, out, &length, in, (int)count) == 1
        && EVP_DecryptFinal_ex(context, out + length, &length) == 1;
}

// The public key with this point on P-256, or NULL.
static inline EVP_PKEY *rtc_p256_public_key(const unsigned char *point, size_t count) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM parameters[3] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"prime256v1", 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, count),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    return key;
}

// The public key of a certificate in DER, or NULL.
static inline EVP_PKEY *rtc_certificate_key(const unsigned char *der, size_t count) {
    X509 *certificate = d2i_X509(NULL, &der, (long)count);
    EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : NULL;
    X509_free(certificate);
    return key;
}

// 1 if the signature is right, 0 if not, -1 if that cannot be told.
static inline int rtc_verify(EVP_PKEY *key, const EVP_MD *digest, int pss, const unsigned char *signature, size_t signature_count,
                             const unsigned char *content, size_t count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    int result = -1;
    if (context && EVP_DigestVerifyInit(context, &settings, digest, NULL, key) == 1
        && (!pss
            || (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) > 0
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) > 0)))
        result = EVP_DigestVerify(context, signature, signature_count, content, count) == 1;
    EVP_MD_CTX_free(context);
    return result;
}
