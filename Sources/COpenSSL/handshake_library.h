// A library context for handshakes. For each certificate of a peer OpenSSL 3.0 goes through all keys that it can decode, in all
// forms: 80 µs. Where its provider is the default one without what no handshake here has a use for, that is 30.
#pragma once
#include <openssl/core_dispatch.h>
#include <openssl/provider.h>
#include <string.h>

struct rtc_handshake_provider {
    OSSL_PROVIDER *base;
    OSSL_ALGORITHM keys[16];
    OSSL_ALGORITHM decoders[16];
};

// Written once, before there is a context that reads it.
static inline struct rtc_handshake_provider *rtc_handshake_provider(void) {
    static struct rtc_handshake_provider provider;
    return &provider;
}

static inline int rtc_is_named(const OSSL_ALGORITHM *algorithm, const char *const *names) {
    size_t length = strcspn(algorithm->algorithm_names, ":");
    for (; *names; names++)
        if (strlen(*names) == length && strncmp(*names, algorithm->algorithm_names, length) == 0) return 1;
    return 0;
}

static inline void rtc_keep(int operation, const char *const *names, const char *form, OSSL_ALGORITHM kept[16]) {
    int is_uncached = 0;
    size_t count = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(rtc_handshake_provider()->base, operation, &is_uncached);
    for (; all && all->algorithm_names && count < 15; all++)
        if (rtc_is_named(all, names) && strstr(all->property_definition, form)) kept[count++] = *all;
}

static inline const OSSL_ALGORITHM *rtc_handshake_algorithms(void *context, int operation, int *is_uncached) {
    struct rtc_handshake_provider *provider = rtc_handshake_provider();
    (void)context;
    *is_uncached = 0;
    if (operation == OSSL_OP_KEYMGMT) return provider->keys;
    if (operation == OSSL_OP_DECODER) return provider->decoders;
    return OSSL_PROVIDER_query_operation(provider->base, operation, is_uncached);
}

static inline int rtc_handshake_capabilities(void *context, const char *capability, OSSL_CALLBACK *callback, void *argument) {
    (void)context;
    return OSSL_PROVIDER_get_capabilities(rtc_handshake_provider()->base, capability, callback, argument);
}

static inline int rtc_handshake_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                                              const OSSL_DISPATCH **out, void **context) {
    static const OSSL_DISPATCH functions[] = {
        { OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))rtc_handshake_algorithms },
        { OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))rtc_handshake_capabilities },
        { 0, NULL },
    };
    (void)handle;
    (void)in;
    *out = functions;
    *context = OSSL_PROVIDER_get0_provider_ctx(rtc_handshake_provider()->base);
    return 1;
}

// To be called once in a process, and never freed. NULL, which stands for the process's own library, if it cannot be made.
static inline OSSL_LIB_CTX *rtc_handshake_library(void) {
    static const char *const keys[] = { "EC", "RSA", "RSA-PSS", "X25519", "ED25519", NULL };
    static const char *const decoders[] = { "EC", "RSA", "RSA-PSS", "ED25519", "DER", NULL };
    struct rtc_handshake_provider *provider = rtc_handshake_provider();
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    provider->base = OSSL_PROVIDER_load(NULL, "default");
    if (!library || !provider->base) {
        OSSL_LIB_CTX_free(library);
        return NULL;
    }
    rtc_keep(OSSL_OP_KEYMGMT, keys, "", provider->keys);
    rtc_keep(OSSL_OP_DECODER, decoders, "input=der,structure=SubjectPublicKeyInfo", provider->decoders);
    if (OSSL_PROVIDER_add_builtin(library, "handshake", rtc_handshake_provider_init)
        && OSSL_PROVIDER_load(library, "handshake"))
        return library;
    OSSL_LIB_CTX_free(library);
    return NULL;
}
