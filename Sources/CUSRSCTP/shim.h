// usrsctp: SCTP. `union sctp_sockstore` is sized by INET and INET6 and passed by value to the receive callback, so
// both must be defined exactly as the library was built, before the include: otherwise the calling convention differs.
#pragma once
#define INET 1
#define INET6 1
#include <usrsctp.h>

#include "checksum.h"

// How much is queued: an option that the library has had since its first release but that its public header leaves out.
// These are its number and its structure.
#define RTC_SCTP_GET_SNDBUF_USE 0x00001101
struct rtc_sctp_sockstat {
	sctp_assoc_t ss_assoc_id;
	uint32_t ss_total_sndbuf;
	uint32_t ss_total_recv_buf;
};

// The congestion control of an association: likewise left out of the public header. Its values are SCTP_CC_RFC2581 and so on.
#define RTC_SCTP_PLUGGABLE_CC 0x00001202
