// What a thread of ours needs of Linux and Swift's Glibc module does not bring.
#pragma once
#include <sys/eventfd.h>
#include <sys/prctl.h>

static inline int rtc_linux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// Named from inside: the name appears in ps and in debuggers.
static inline void rtc_linux_name_discovery_thread(void) { prctl(PR_SET_NAME, "discovery", 0, 0, 0); }
