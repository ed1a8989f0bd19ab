// linkem: a link of the wrong kind, for tests. Two network namespaces joined by a wire that delays, loses, duplicates and
// reorders IP packets, and has a rate and a queue. Kernels without netem need such a program; root and `ip` do the rest.
//
//   linkem [--a NAME] [--b NAME] [--delay-ms D] [--loss P] [--duplicate P] [--reorder P] [--reorder-ms D]
//          [--bursts P,R[,GOOD,BAD]] [--rate-mbit R] [--rate KBIT[,KBIT@SECONDS]...] [--queue-ms Q] [--ecn MS] [--cut-ms C]
//          [--seed N] [--report] -- COMMAND...
//
// COMMAND runs while the wire is up and reaches the ends with `ip netns exec NAME ...`: end a (linkA) has the address
// 10.79.0.1, end b (linkB) 10.79.0.2. Percentages and the one-way delay hold for each packet and each direction; a
// reordered packet arrives --reorder-ms later than the rest (default 3). SIGUSR1 cuts the wire, SIGUSR2 mends it; with
// --cut-ms it mends itself after that time. The exit status is COMMAND's; what became of the packets is said on standard
// error.
//
// --rate is a rate in kbit/s and those that follow it, each with the seconds since COMMAND's start at which it begins:
// 1000,500@5,2000@12.5. A packet on the wire at that moment goes on at the new rate. --queue-ms (default 100) is the longest
// that a packet waits for those before it, changes of the rate included; what would wait longer is lost. Of --rate and
// --rate-mbit the last one holds; --rate-mbit 0 is no limit. With --ecn a packet that waits more than MS is marked (CE) if
// its sender knows ECN, with ECT(0) or ECT(1); the limit of the queue stays as it is.
// --bursts is loss by Gilbert and Elliott, beside --loss: before each packet a good link turns bad with P %, a bad one good
// with R %; then the packet is lost with GOOD % or BAD %, which are 0 and 100 unless said. A burst has 100 / R packets on
// average.
// --report adds a line for each direction: what was delivered, in IP packets and bytes, what was lost by the queue and at
// random (--loss, --bursts), how many were marked, and how long 95 % of the packets waited at most before they were sent.
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

#include "options.h"

enum { mtu = 1500, most_in_flight = 1 << 17, waits_apart = 10000 };

typedef struct {
    int64_t due;  // nanoseconds
    uint64_t order;
    int length;
    unsigned char bytes[];
} packet;

typedef struct {
    int from, to;
    uint64_t random, order;
    int64_t free_at;  // when the transmitter has sent everything that waits for it
    int at_rate, is_bad;  // which of the rates holds at free_at; whether a burst of losses is on
    packet **heap;
    size_t count;
    unsigned long delivered, lost, duplicated, late, overflowed, bytes, by_chance, marked;
    unsigned long waits[waits_apart + 1];  // how many waited for each share of the longest wait
} direction;

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

// The rates' times become those of the clock.
static void begin_rates(void) {
    int64_t time = now();
    for (int index = 0; index < options.rate_count; index++) options.rates[index].from += time;
}

// When the last bit of a packet is sent whose first bit is sent at `start`. `start` never goes back.
static int64_t sent_at(direction *wire, int64_t start, int length) {
    double bits = length * 8;
    while (options.rate_count > 0) {
        int is_last = wire->at_rate + 1 == options.rate_count;
        int64_t change = is_last ? INT64_MAX : options.rates[wire->at_rate + 1].from;
        double mbit = options.rates[wire->at_rate].mbit;
        if (start < change) {
            int64_t end = start + (int64_t)(bits * 1000 / mbit);
            if (end <= change) return end;
            bits -= (double)(change - start) * mbit / 1000;
            start = change;
        }
        wire->at_rate++;
    }
    return start;
}

// Whether chance takes the next packet.
static int is_lost_by_chance(direction *wire) {
    int is_lost = happens(wire, options.loss);
    if (options.has_bursts) {
        if (happens(wire, wire->is_bad ? options.turns_good : options.turns_bad)) wire->is_bad = !wire->is_bad;
        if (happens(wire, wire->is_bad ? options.loss_in_bad : options.loss_in_good)) is_lost = 1;
    }
    wire->by_chance += (unsigned long)is_lost;
    return is_lost;
}

// Marks an IP packet as one that met congestion, if its sender knows such marks; returns whether it did. The lowest two
// bits of the traffic class are 1 or 2 where the sender does, and 3 in a marked packet.
static int mark(unsigned char *bytes, int length) {
    int version = bytes[0] >> 4, shift = version == 6 ? 4 : 0, bits = bytes[1] >> shift & 3;
    if (length < 20 || (version != 4 && version != 6) || bits == 0 || bits == 3) return 0;
    bytes[1] |= (unsigned char)(3 << shift);
    if (version == 4) {
        // What the header's sum has gained, its complement loses (RFC 1624).
        unsigned sum = (0xFFFF ^ (unsigned)(bytes[10] << 8 | bytes[11])) + (unsigned)(3 - bits);
        sum = 0xFFFF ^ ((sum & 0xFFFF) + (sum >> 16));
        bytes[10] = (unsigned char)(sum >> 8);
        bytes[11] = (unsigned char)sum;
    }
    return 1;
}

// Keeps in mind how long a packet waits, from 0 to the limit of the queue.
static void note_wait(direction *wire, int64_t wait) {
    wire->waits[wait > 0 ? (int)((double)wait / (double)options.queue * (double)waits_apart) : 0]++;
}

// How many milliseconds 95 % of the packets waited at most.
static double most_waits(const direction *wire) {
    unsigned long all = 0, some = wire->waits[0];
    int share = 0;
    for (int index = 0; index <= waits_apart; index++) all += wire->waits[index];
    while (share < waits_apart && (double)some < (double)all * 0.95) some += wire->waits[++share];
    return (double)options.queue / 1e6 * (double)share / (double)waits_apart;
}

// Takes what one end has sent and decides its fate.
static void take(direction *wire) {
    unsigned char bytes[mtu + 64];
    for (int round = 0; round < 64; round++) {
        int length = (int)read(wire->from, bytes, sizeof bytes);
        if (length <= 0) return;
        int64_t time = now(), start = wire->free_at > time ? wire->free_at : time, wait = start - time;
        if (is_cut || is_lost_by_chance(wire)) {
            wire->lost++;
            continue;
        }
        if (wire->count + 2 > most_in_flight || (options.rate_count > 0 && wait > options.queue)) {
            wire->overflowed++;
            continue;
        }
        if (wait > options.ecn) wire->marked += (unsigned long)mark(bytes, length);
        if (options.report) note_wait(wire, wait);
        wire->free_at = sent_at(wire, start, length);
        int64_t due = wire->free_at + options.delay;
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
        if (write(wire->to, item->bytes, (size_t)item->length) == item->length) {
            wire->delivered++;
            wire->bytes += (unsigned long)item->length;
        } else {
            wire->lost++;
        }
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

static void report(const char *way, const direction *wire) {
    fprintf(stderr, "linkem: %s: %lu delivered, %lu lost, %lu overflowed, %lu late, %lu twice\n", way, wire->delivered,
            wire->lost, wire->overflowed, wire->late, wire->duplicated);
    if (!options.report) return;
    fprintf(stderr, "linkem: %s: %lu packets, %lu bytes, %lu lost by queue, %lu lost at random, %lu marked, ", way,
            wire->delivered, wire->bytes, wire->overflowed, wire->by_chance, wire->marked);
    fprintf(stderr, "%.2f ms queued at 95 %%\n", most_waits(wire));
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
    begin_rates();
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
    for (int way = 0; way < 2; way++) report(way ? "b to a" : "a to b", &wires[way]);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    ip(0, "netns", "del", ends[0].name, NULL);
    ip(0, "netns", "del", ends[1].name, NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
