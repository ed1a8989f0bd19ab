// dns_sd (Avahi's compatibility library): mDNS service discovery and .local names.
// Beside it what the registry of one machine needs of Linux and Swift's Glibc module does not bring.
#pragma once
#include <avahi-common/malloc.h>
#include <dns_sd.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

// When the daemon goes away, Avahi's library calls the first callback of a request that is not null, of all kinds of
// requests, and it has only set the one that the request is of. Memory that begins as zeros makes that right.
static inline void *rtc_discovery_allocate_zeros(size_t size) { return calloc(1, size); }

static const AvahiAllocator rtc_discovery_zeroing_allocator = { rtc_discovery_allocate_zeros, free, realloc, calloc };

static inline void rtc_discovery_zero_memory(void) { avahi_set_allocator(&rtc_discovery_zeroing_allocator); }

// A watch for files that appear, vanish, or are closed by a writer (which the end of a process does too); -1 on failure.
static inline int rtc_discovery_watch_directory(const char *path) {
    int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (descriptor < 0) return -1;
    if (inotify_add_watch(descriptor, path, IN_MOVED_TO | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR) >= 0) return descriptor;
    close(descriptor);
    return -1;
}
