// What a thread of ours needs of Linux and Swift's Glibc module does not bring.
#pragma once
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static inline int rtc_linux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// The soft limit of descriptors becomes the hard one; returns what it is then, or -1.
static inline long rtc_linux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    return (long)limit.rlim_cur;
}

// Named from inside: the name appears in ps and in debuggers.
static inline void rtc_linux_name_discovery_thread(void) { prctl(PR_SET_NAME, "discovery", 0, 0, 0); }
