// dns_sd (Avahi's compatibility library): mDNS service discovery and .local names.
// Beside it what the discovery thread needs of Linux and Swift's Glibc module does not bring.
#pragma once
#include <dns_sd.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static inline int rtc_discovery_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// Named from inside: the name appears in ps and in debuggers.
static inline void rtc_discovery_name_thread(void) { prctl(PR_SET_NAME, "discovery", 0, 0, 0); }

// A watch for files that appear, vanish, or are closed by a writer (which the end of a process does too); -1 on failure.
static inline int rtc_discovery_watch_directory(const char *path) {
    int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (descriptor < 0) return -1;
    if (inotify_add_watch(descriptor, path, IN_MOVED_TO | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR) >= 0) return descriptor;
    close(descriptor);
    return -1;
}
