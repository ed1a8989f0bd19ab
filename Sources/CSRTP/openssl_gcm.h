// AES-GCM of libsrtp2 (RFC 7714) by OpenSSL, whichever library libsrtp2 was built with: that of Debian has NSS's, which takes
// several locks for each packet and makes a context of its own for it. Registered with srtp_replace_cipher_type, which is made for
// this and first compares it with what it replaces.
#pragma once
#include <openssl/evp.h>
#include <srtp2/srtp.h>
#include <srtp2/cipher.h>
#include <stdlib.h>
#include <string.h>

struct rtc_gcm {
    srtp_cipher_t cipher;
    EVP_CIPHER_CTX *context;
    int key_count;
    int tag_count;
};

static inline const srtp_cipher_type_t *rtc_gcm_type(int key_count);

// `key_count` is that of the key and the salt, of 12 bytes.
static inline srtp_err_status_t rtc_gcm_alloc(srtp_cipher_pointer_t *cipher, int key_count, int tag_count) {
    if (key_count != SRTP_AES_GCM_128_KEY_LEN_WSALT && key_count != SRTP_AES_GCM_256_KEY_LEN_WSALT)
        return srtp_err_status_bad_param;
    if (tag_count != 16 && tag_count != 8) return srtp_err_status_bad_param;
    struct rtc_gcm *state = (struct rtc_gcm *)calloc(1, sizeof *state);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!state || !context) {
        free(state);
        EVP_CIPHER_CTX_free(context);
        return srtp_err_status_alloc_fail;
    }
    state->context = context;
    state->key_count = key_count - 12;
    state->tag_count = tag_count;
    state->cipher.type = rtc_gcm_type(state->key_count);
    state->cipher.state = state;
    state->cipher.key_len = key_count;
    state->cipher.algorithm = (int)state->cipher.type->id;
    *cipher = &state->cipher;
    return srtp_err_status_ok;
}

// The context wipes its key.
static inline srtp_err_status_t rtc_gcm_dealloc(srtp_cipher_pointer_t cipher) {
    struct rtc_gcm *state = (struct rtc_gcm *)cipher->state;
    EVP_CIPHER_CTX_free(state->context);
    free(state);
    return srtp_err_status_ok;
}

static inline srtp_err_status_t rtc_gcm_init(void *cipher, const uint8_t *key) {
    struct rtc_gcm *state = (struct rtc_gcm *)cipher;
    const EVP_CIPHER *type = state->key_count == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    return EVP_CipherInit_ex(state->context, type, NULL, key, NULL, 1) == 1 ? srtp_err_status_ok : srtp_err_status_init_fail;
}

static inline srtp_err_status_t rtc_gcm_set_iv(void *cipher, uint8_t *iv, srtp_cipher_direction_t direction) {
    struct rtc_gcm *state = (struct rtc_gcm *)cipher;
    if (direction != srtp_direction_encrypt && direction != srtp_direction_decrypt) return srtp_err_status_bad_param;
    int encrypts = direction == srtp_direction_encrypt;
    return EVP_CipherInit_ex(state->context, NULL, NULL, NULL, iv, encrypts) == 1 ? srtp_err_status_ok : srtp_err_status_init_fail;
}

static inline srtp_err_status_t rtc_gcm_set_aad(void *cipher, const uint8_t *aad, uint32_t count) {
    int length = 0;
    struct rtc_gcm *state = (struct rtc_gcm *)cipher;
    return EVP_CipherUpdate(state->context, NULL, &length, aad, (int)count) == 1 ? srtp_err_status_ok : srtp_err_status_algo_fail;
}

// In place; the tag is asked for after it.
static inline srtp_err_status_t rtc_gcm_encrypt(void *cipher, unsigned char *bytes, unsigned int *count) {
    int length = 0, rest = 0;
    struct rtc_gcm *state = (struct rtc_gcm *)cipher;
    if (EVP_CipherUpdate(state->context, bytes, &length, bytes, (int)*count) != 1) return srtp_err_status_cipher_fail;
    if (EVP_CipherFinal_ex(state->context, bytes + length, &rest) != 1) return srtp_err_status_cipher_fail;
    return srtp_err_status_ok;
}

static inline srtp_err_status_t rtc_gcm_get_tag(void *cipher, uint8_t *tag, uint32_t *count) {
    struct rtc_gcm *state = (struct rtc_gcm *)cipher;
    if (EVP_CIPHER_CTX_ctrl(state->context, EVP_CTRL_AEAD_GET_TAG, state->tag_count, tag) != 1) return srtp_err_status_algo_fail;
    *count = (uint32_t)state->tag_count;
    return srtp_err_status_ok;
}

// In place; the tag is the end of it, and is not counted afterwards.
static inline srtp_err_status_t rtc_gcm_decrypt(void *cipher, unsigned char *bytes, unsigned int *count) {
    int length = 0, rest = 0;
    struct rtc_gcm *state = (struct rtc_gcm *)cipher;
    if (*count < (unsigned int)state->tag_count) return srtp_err_status_auth_fail;
    int body = (int)*count - state->tag_count;
    if (EVP_CIPHER_CTX_ctrl(state->context, EVP_CTRL_AEAD_SET_TAG, state->tag_count, bytes + body) != 1)
        return srtp_err_status_algo_fail;
    if (EVP_CipherUpdate(state->context, bytes, &length, bytes, body) != 1) return srtp_err_status_auth_fail;
    if (EVP_CipherFinal_ex(state->context, bytes + length, &rest) != 1) return srtp_err_status_auth_fail;
    *count = (unsigned int)body;
    return srtp_err_status_ok;
}

// With the packet of RFC 7714 §16 as what it is tested with.
static inline const srtp_cipher_type_t *rtc_gcm_type(int key_count) {
    static const uint8_t key[44] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                     16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
    static uint8_t iv[12] = { 0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2, 0x72, 0x6f, 0x20, 0x71, 0x84, 0x14 };
    static const uint8_t header[12] = { 0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2 };
    static const uint8_t plain[] = "Gallia est omnis divisa in partes tres";
    static const uint8_t sealed128[] = {
        0xf2, 0x4d, 0xe3, 0xa3, 0xfb, 0x34, 0xde, 0x6c, 0xac, 0xba, 0x86, 0x1c, 0x9d, 0x7e, 0x4b, 0xca, 0xbe, 0x63,
        0x3b, 0xd5, 0x0d, 0x29, 0x4e, 0x6f, 0x42, 0xa5, 0xf4, 0x7a, 0x51, 0xc7, 0xd1, 0x9b, 0x36, 0xde, 0x3a, 0xdf,
        0x88, 0x33, 0x89, 0x9d, 0x7f, 0x27, 0xbe, 0xb1, 0x6a, 0x91, 0x52, 0xcf, 0x76, 0x5e, 0xe4, 0x39, 0x0c, 0xce,
    };
    static const uint8_t sealed256[] = {
        0x32, 0xb1, 0xde, 0x78, 0xa8, 0x22, 0xfe, 0x12, 0xef, 0x9f, 0x78, 0xfa, 0x33, 0x2e, 0x33, 0xaa, 0xb1, 0x80,
        0x12, 0x38, 0x9a, 0x58, 0xe2, 0xf3, 0xb5, 0x0b, 0x2a, 0x02, 0x76, 0xff, 0xae, 0x0f, 0x1b, 0xa6, 0x37, 0x99,
        0xb8, 0x7b, 0x7a, 0xa3, 0xdb, 0x36, 0xdf, 0xff, 0xd6, 0xb0, 0xf9, 0xbb, 0x78, 0x78, 0xd7, 0xa7, 0x6c, 0x13,
    };
    static const srtp_cipher_test_case_t test128 = {
        SRTP_AES_GCM_128_KEY_LEN_WSALT, key, iv, sizeof plain - 1, plain, sizeof sealed128, sealed128, sizeof header, header, 16,
        NULL,
    };
    static const srtp_cipher_test_case_t test256 = {
        SRTP_AES_GCM_256_KEY_LEN_WSALT, key, iv, sizeof plain - 1, plain, sizeof sealed256, sealed256, sizeof header, header, 16,
        NULL,
    };
    static const srtp_cipher_type_t type128 = {
        rtc_gcm_alloc,  rtc_gcm_dealloc, rtc_gcm_init,          rtc_gcm_set_aad, rtc_gcm_encrypt,  rtc_gcm_decrypt,
        rtc_gcm_set_iv, rtc_gcm_get_tag, "AES-128 GCM (OpenSSL)", &test128,        SRTP_AES_GCM_128,
    };
    static const srtp_cipher_type_t type256 = {
        rtc_gcm_alloc,  rtc_gcm_dealloc, rtc_gcm_init,          rtc_gcm_set_aad, rtc_gcm_encrypt,  rtc_gcm_decrypt,
        rtc_gcm_set_iv, rtc_gcm_get_tag, "AES-256 GCM (OpenSSL)", &test256,        SRTP_AES_GCM_256,
    };
    return key_count == 16 ? &type128 : &type256;
}

// To be called once in a process, after srtp_init(). False where the library refuses, and keeps its own.
static inline int rtc_srtp_use_openssl(void) {
    return srtp_replace_cipher_type(rtc_gcm_type(16), SRTP_AES_GCM_128) == srtp_err_status_ok
        && srtp_replace_cipher_type(rtc_gcm_type(32), SRTP_AES_GCM_256) == srtp_err_status_ok;
}
