// libsrtp2: SRTP and SRTCP. Names without a prefix, and pointers to members of a structure, are wrapped here.
#pragma once
#include <srtp2/srtp.h>
#include <string.h>

#include "openssl_gcm.h"

// The profiles of DTLS-SRTP by their numbers (RFC 5764 §4.1.2, RFC 7714 §14.2). False for another.
static inline int rtc_srtp_set_profile(srtp_policy_t *policy, uint16_t profile) {
    switch (profile) {
    case 0x0001:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
        return 1;
    case 0x0007:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
        return 1;
    case 0x0008:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
        return 1;
    default: return 0;
    }
}

// A session for all sources of one direction, with one key; NULL if the library refuses it. `key` is the master key and, behind
// it, the salt, which the library copies. A packet that is sent again is the same one, for its bytes are kept.
static inline srtp_t rtc_srtp_create(uint16_t profile, int is_outbound, unsigned char *key, unsigned long window) {
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    if (!rtc_srtp_set_profile(&policy, profile)) return NULL;
    policy.ssrc.type = is_outbound ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = key;
    policy.window_size = window;
    policy.allow_repeat_tx = 1;
    srtp_t session = NULL;
    return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

// explicit_bzero is declared for _DEFAULT_SOURCE only.
extern void explicit_bzero(void *, size_t);

static inline void rtc_srtp_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }
