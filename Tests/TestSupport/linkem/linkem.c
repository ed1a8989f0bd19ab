// linkem: a link of the wrong kind, for tests. Two network namespaces joined by a wire that delays, loses, duplicates and
// reorders IP packets, and has a rate and a queue. Kernels without netem need such a program; root and `ip` do the rest.
//
//   linkem [--a NAME] [--b NAME] [--delay-ms D] [--loss P] [--duplicate P] [--reorder P] [--reorder-ms D]
//          [--rate-mbit R] [--queue-ms Q] [--cut-ms C] [--seed N] -- COMMAND...
//
// COMMAND runs while the wire is up and reaches the ends with `ip netns exec NAME ...`: end a (linkA) has the address
// 10.79.0.1, end b (linkB) 10.79.0.2. Percentages and the one-way delay hold for each packet and each direction; a
// reordered packet arrives --reorder-ms later than the rest (default 3). SIGUSR1 cuts the wire, SIGUSR2 mends it; with
// --cut-ms it mends itself after that time. The exit status is COMMAND's; what became of the packets is said on standard
// error.
//
// One thread: it waits for packets and for the earliest packet in flight, which is the top of a heap per direction.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { mtu = 1500, most_in_flight = 1 << 17 };

typedef struct {
    int64_t due;  // nanoseconds
    uint64_t order;
    int length;
    unsigned char bytes[];
} packet;

typedef struct {
    const char *name, *address;
    int tun;
} end_of_wire;

typedef struct {
    int from, to;
    uint64_t random, order;
    int64_t free_at;  // when the transmitter has sent everything that waits for it
    packet **heap;
    size_t count;
    unsigned long delivered, lost, duplicated, late, overflowed;
} direction;

static struct {
    double loss, duplicate, reorder, rate_mbit;
    int64_t delay, lateness, queue, cut;
    uint64_t seed;
} options = {.lateness = 3000000, .queue = 100000000, .seed = 1};

static volatile sig_atomic_t is_cut, is_new_cut, child_ended;

static void on_signal(int number) {
    if (number == SIGUSR1) is_cut = is_new_cut = 1;
    if (number == SIGUSR2) is_cut = 0;
    if (number == SIGCHLD) child_ended = 1;
}

static void die(const char *what) {
    fprintf(stderr, "linkem: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

// SplitMix64, as in SeededGenerator.
static int happens(direction *wire, double percent) {
    uint64_t mixed = wire->random += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53 * 100 < percent;
}

static int is_before(const packet *a, const packet *b) {
    return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void push(direction *wire, packet *item) {
    size_t at = wire->count++;
    while (at > 0 && is_before(item, wire->heap[(at - 1) / 2])) {
        wire->heap[at] = wire->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    wire->heap[at] = item;
}

static packet *pop(direction *wire) {
    packet *first = wire->heap[0], *last = wire->heap[--wire->count];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < wire->count) {
        if (child + 1 < wire->count && is_before(wire->heap[child + 1], wire->heap[child])) child++;
        if (is_before(last, wire->heap[child])) break;
        wire->heap[at] = wire->heap[child];
        at = child;
    }
    wire->heap[at] = last;
    return first;
}

static void send_later(direction *wire, const unsigned char *bytes, int length, int64_t due) {
    packet *item = malloc(sizeof *item + (size_t)length);
    if (!item) die("malloc");
    item->due = due;
    item->order = wire->order++;
    item->length = length;
    memcpy(item->bytes, bytes, (size_t)length);
    push(wire, item);
}

// Takes what one end has sent and decides its fate.
static void take(direction *wire) {
    unsigned char bytes[mtu + 64];
    for (int round = 0; round < 64; round++) {
        int length = (int)read(wire->from, bytes, sizeof bytes);
        if (length <= 0) return;
        int64_t time = now(), start = wire->free_at > time ? wire->free_at : time;
        if (is_cut || happens(wire, options.loss)) {
            wire->lost++;
            continue;
        }
        if (wire->count + 2 > most_in_flight || (options.rate_mbit > 0 && start - time > options.queue)) {
            wire->overflowed++;
            continue;
        }
        if (options.rate_mbit > 0) start += (int64_t)(length * 8 * 1000 / options.rate_mbit);
        wire->free_at = start;
        int64_t due = start + options.delay;
        if (happens(wire, options.reorder)) {
            due += options.lateness;
            wire->late++;
        }
        send_later(wire, bytes, length, due);
        if (happens(wire, options.duplicate)) {
            send_later(wire, bytes, length, due);
            wire->duplicated++;
        }
    }
}

// Delivers what is due; returns when the next packet is, or the farthest time there is.
static int64_t deliver(direction *wire) {
    int64_t time = now();
    while (wire->count > 0 && wire->heap[0]->due <= time) {
        packet *item = pop(wire);
        if (write(wire->to, item->bytes, (size_t)item->length) == item->length) wire->delivered++;
        else wire->lost++;
        free(item);
    }
    return wire->count > 0 ? wire->heap[0]->due : INT64_MAX;
}

// Runs `ip` with these words; ends the program where it fails and `must` is set.
static void ip(int must, ...) {
    char *words[24] = {"ip"};
    int count = 1;
    va_list list;
    va_start(list, must);
    while (count < 23 && (words[count] = va_arg(list, char *))) count++;
    va_end(list);
    pid_t child = fork();
    if (child == 0) {
        if (!must) close(2);
        execvp("ip", words);
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (must && status != 0) {
        fprintf(stderr, "linkem: failed:");
        for (int word = 0; word < count; word++) fprintf(stderr, " %s", words[word]);
        fprintf(stderr, "\n");
        exit(2);
    }
}

// A namespace with a TUN device in it. The device belongs to the namespace that this thread is in when it is made.
static void raise_end(end_of_wire *end) {
    char path[256];
    ip(0, "netns", "del", end->name, NULL);
    ip(1, "netns", "add", end->name, NULL);
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/var/run/netns/%s", end->name);
    int there = open(path, O_RDONLY | O_CLOEXEC);
    if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) != 0) die(path);
    end->tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    snprintf(request.ifr_name, sizeof request.ifr_name, "wire");
    if (end->tun < 0 || ioctl(end->tun, TUNSETIFF, &request) != 0) die("/dev/net/tun");
    if (setns(home, CLONE_NEWNET) != 0) die("setns");
    close(home);
    close(there);
    ip(1, "-n", end->name, "link", "set", "lo", "up", NULL);
    ip(1, "-n", end->name, "addr", "add", end->address, "dev", "wire", NULL);
    ip(1, "-n", end->name, "link", "set", "wire", "txqueuelen", "5000", "up", NULL);
}

static int read_options(int count, char **words, end_of_wire *ends) {
    int at = 1;
    for (; at + 1 < count && strcmp(words[at], "--") != 0; at += 2) {
        const char *name = words[at], *value = words[at + 1];
        if (!strcmp(name, "--a")) ends[0].name = value;
        else if (!strcmp(name, "--b")) ends[1].name = value;
        else if (!strcmp(name, "--delay-ms")) options.delay = (int64_t)(atof(value) * 1e6);
        else if (!strcmp(name, "--loss")) options.loss = atof(value);
        else if (!strcmp(name, "--duplicate")) options.duplicate = atof(value);
        else if (!strcmp(name, "--reorder")) options.reorder = atof(value);
        else if (!strcmp(name, "--reorder-ms")) options.lateness = (int64_t)(atof(value) * 1e6);
        else if (!strcmp(name, "--rate-mbit")) options.rate_mbit = atof(value);
        else if (!strcmp(name, "--queue-ms")) options.queue = (int64_t)(atof(value) * 1e6);
        else if (!strcmp(name, "--cut-ms")) options.cut = (int64_t)(atof(value) * 1e6);
        else if (!strcmp(name, "--seed")) options.seed = strtoull(value, NULL, 10);
        else return 0;
    }
    return at + 1 < count && strcmp(words[at], "--") == 0 ? at + 1 : 0;
}

static void carry(direction *wires, const sigset_t *while_waiting) {
    struct pollfd waits[2] = {{.fd = wires[0].from, .events = POLLIN}, {.fd = wires[1].from, .events = POLLIN}};
    int64_t mends_at = 0;
    while (!child_ended) {
        if (is_new_cut) {
            is_new_cut = 0;
            mends_at = options.cut > 0 ? now() + options.cut : INT64_MAX;
        }
        if (is_cut && now() >= mends_at) is_cut = 0;
        int64_t first = deliver(&wires[0]), second = deliver(&wires[1]), next = first < second ? first : second;
        struct timespec timeout = {1, 0};
        int64_t wait = next == INT64_MAX ? 1000000000 : next - now();
        if (is_cut && mends_at != INT64_MAX && mends_at - now() < wait) wait = mends_at - now();
        if (wait < 0) wait = 0;
        if (wait < 1000000000) timeout = (struct timespec){0, wait};
        if (ppoll(waits, 2, &timeout, while_waiting) < 0) continue;
        for (int way = 0; way < 2; way++)
            if (waits[way].revents & POLLIN) take(&wires[way]);
    }
}

int main(int count, char **words) {
    end_of_wire ends[2] = {{"linkA", "10.79.0.1/24", -1}, {"linkB", "10.79.0.2/24", -1}};
    int command = read_options(count, words, ends);
    if (command == 0) {
        fprintf(stderr, "usage: linkem [options] -- COMMAND...; the options stand at the top of linkem.c\n");
        return 2;
    }
    // Whoever starts this may block signals, and a child's end must not be kept for later.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_TIMERSLACK, 1UL);
    raise_end(&ends[0]);
    raise_end(&ends[1]);

    direction wires[2] = {{.from = ends[0].tun, .to = ends[1].tun}, {.from = ends[1].tun, .to = ends[0].tun}};
    for (int way = 0; way < 2; way++) {
        wires[way].random = options.seed * 2 + (uint64_t)way;
        wires[way].heap = calloc(most_in_flight, sizeof *wires[way].heap);
        if (!wires[way].heap) die("calloc");
    }

    // Signals arrive only while it waits, so none is missed between a look and a wait.
    sigset_t ours;
    sigemptyset(&ours);
    struct sigaction action = {.sa_handler = on_signal};
    int numbers[] = {SIGUSR1, SIGUSR2, SIGCHLD};
    for (int index = 0; index < 3; index++) {
        sigaddset(&ours, numbers[index]);
        sigaction(numbers[index], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &ours, NULL);
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(words[command], words + command);
        fprintf(stderr, "linkem: %s: %s\n", words[command], strerror(errno));
        _exit(127);
    }
    carry(wires, &none);
    int status = 0;
    waitpid(child, &status, 0);
    for (int way = 0; way < 2; way++)
        fprintf(stderr, "linkem: %s: %lu delivered, %lu lost, %lu overflowed, %lu late, %lu twice\n", way ? "b to a" : "a to b",
                wires[way].delivered, wires[way].lost, wires[way].overflowed, wires[way].late, wires[way].duplicated);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    ip(0, "netns", "del", ends[0].name, NULL);
    ip(0, "netns", "del", ends[1].name, NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
