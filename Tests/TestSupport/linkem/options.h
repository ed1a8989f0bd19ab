// What linkem was asked for; the options themselves are described at the top of linkem.c.
#pragma once
#include <stdint.h>

enum { most_rates = 1024 };

typedef struct {
    const char *name, *address;
    int tun;
} end_of_wire;

typedef struct {
    int64_t from;  // nanoseconds since COMMAND's start
    double mbit;
} rate;

// Chances are percentages, times nanoseconds.
typedef struct {
    double loss, duplicate, reorder, turns_bad, turns_good, loss_in_good, loss_in_bad;
    int64_t delay, lateness, queue, cut;
    int64_t ecn;  // INT64_MAX: no packet is marked
    uint64_t seed;
    rate rates[most_rates];
    int rate_count;  // 0: no limit
    int has_bursts, report;
} link_options;

extern link_options options;

// Fills in the options and the names of the ends; ends the program where a value is wrong. Returns where COMMAND stands, or
// 0 if the words are not as they have to be.
int read_options(int count, char **words, end_of_wire *ends);
