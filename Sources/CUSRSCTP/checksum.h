// SCTP's checksum, CRC32c (RFC 9260 appendix A), by the processor's own instruction: usrsctp computes it from a table,
// which is a fourth of all the cycles of a gigabyte. Functions with a target attribute cannot be written in Swift.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)
#define RTC_CRC32C_TARGET __attribute__((target("sse4.2")))
#define RTC_CRC32C_64(crc, value) ((uint32_t)__builtin_ia32_crc32di((crc), (value)))
#define RTC_CRC32C_8(crc, value) __builtin_ia32_crc32qi((crc), (value))
#elif defined(__aarch64__)
#define RTC_CRC32C_TARGET __attribute__((target("crc")))
#define RTC_CRC32C_64(crc, value) __builtin_arm_crc32cd((crc), (value))
#define RTC_CRC32C_8(crc, value) __builtin_arm_crc32cb((crc), (value))
#endif

// Whether this processor has the instruction.
static inline int rtc_has_crc32c(void) {
#if defined(__x86_64__)
	return __builtin_cpu_supports("sse4.2") != 0;
#elif defined(__aarch64__)
	return (getauxval(AT_HWCAP) & (1 << 7)) != 0;  // HWCAP_CRC32
#else
	return 0;
#endif
}

#ifdef RTC_CRC32C_TARGET
// Writes the checksum into the common header of a packet of at least 12 bytes. Only where rtc_has_crc32c() is true.
static inline RTC_CRC32C_TARGET void rtc_write_crc32c(void *packet, size_t length) {
	uint8_t *bytes = (uint8_t *)packet;
	uint64_t crc = 0xffffffff;
	size_t at = 0;
	if (length < 12) return;
	memset(bytes + 8, 0, 4);
	for (; at + 8 <= length; at += 8) {
		uint64_t value;
		memcpy(&value, bytes + at, 8);
		crc = RTC_CRC32C_64(crc, value);
	}
	for (; at < length; at++) crc = RTC_CRC32C_8((uint32_t)crc, bytes[at]);
	uint32_t sum = ~(uint32_t)crc;
	memcpy(bytes + 8, &sum, 4);  // least significant byte first, which is this processor's order
}
#else
static inline void rtc_write_crc32c(void *packet, size_t length) {
	(void)packet;
	(void)length;
}
#endif
