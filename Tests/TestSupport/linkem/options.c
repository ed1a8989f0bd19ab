// Reads linkem's options and says what is wrong with them.
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

link_options options = {.lateness = 3000000, .queue = 100000000, .ecn = INT64_MAX, .seed = 1};

// An option's value, and how far it has been read.
typedef struct {
    const char *option, *value, *rest;
} text;

// Says what is wrong with an option's value and ends the program.
__attribute__((noreturn, format(printf, 2, 3))) static void refuse(const text *text, const char *reason, ...) {
    va_list list;
    va_start(list, reason);
    fprintf(stderr, "linkem: %s %s: ", text->option, text->value);
    vfprintf(stderr, reason, list);
    fprintf(stderr, "\n");
    va_end(list);
    exit(2);
}

__attribute__((noreturn)) static void refuse_missing(const text *text) {
    if (*text->rest) refuse(text, "a number is missing before \"%s\"", text->rest);
    refuse(text, "a number is missing at the end");
}

static double next_number(text *text, double least, double most) {
    char *end;
    double number = strtod(text->rest, &end);
    if (end == text->rest) refuse_missing(text);
    if (!(number >= least && number <= most))
        refuse(text, "%.*s is not from %g to %g", (int)(end - text->rest), text->rest, least, most);
    text->rest = end;
    return number;
}

// Skips the sign if it comes next; returns whether it does.
static int skip(text *text, char sign) {
    if (*text->rest != sign) return 0;
    text->rest++;
    return 1;
}

static void expect_end(const text *text) {
    if (*text->rest) refuse(text, "\"%s\" is too much", text->rest);
}

static double only_number(text *text, double most) {
    double number = next_number(text, 0, most);
    expect_end(text);
    return number;
}

static double percent(text *text) { return only_number(text, 100); }

static int64_t milliseconds(text *text) { return (int64_t)(only_number(text, 1e12) * 1e6); }

static uint64_t seed(text *text) {
    char *end;
    uint64_t number = strtoull(text->rest, &end, 10);
    if (end == text->rest) refuse_missing(text);
    text->rest = end;
    expect_end(text);
    return number;
}

static void read_rate(text *text) {
    double mbit = only_number(text, 1e9);
    if (mbit > 0 && mbit < 1e-6) refuse(text, "the rate is too low; the least is 0.000001, and 0 is no limit");
    options.rate_count = mbit > 0;
    options.rates[0] = (rate){0, mbit};
}

static void read_rates(text *text) {
    int count = 0;
    do {
        if (count == most_rates) refuse(text, "there are more than %d rates", most_rates);
        rate *next = &options.rates[count++];
        next->mbit = next_number(text, 1e-3, 1e12) / 1000;
        next->from = 0;
        if (count == 1) continue;
        if (!skip(text, '@')) refuse(text, "rate %d does not say when it begins, as in 500@2.5", count);
        next->from = (int64_t)(next_number(text, 0, 1e8) * 1e9);
        if (next->from <= next[-1].from) refuse(text, "rate %d does not begin after the one before it", count);
    } while (skip(text, ','));
    expect_end(text);
    options.rate_count = count;
}

static void read_bursts(text *text) {
    options.turns_bad = next_number(text, 0, 100);
    if (!skip(text, ',')) refuse(text, "it takes two numbers or four: P,R or P,R,GOOD,BAD");
    options.turns_good = next_number(text, 1e-6, 100);
    options.loss_in_good = 0;
    options.loss_in_bad = 100;
    if (skip(text, ',')) {
        options.loss_in_good = next_number(text, 0, 100);
        if (!skip(text, ',')) refuse(text, "it takes two numbers or four: P,R or P,R,GOOD,BAD");
        options.loss_in_bad = next_number(text, 0, 100);
    }
    expect_end(text);
    options.has_bursts = 1;
}

// The limit of the queue has to be known.
static void read_ecn(text *text) {
    options.ecn = milliseconds(text);
    if (options.ecn >= options.queue)
        refuse(text, "no packet waits longer than that; --queue-ms is %g", (double)options.queue / 1e6);
}

int read_options(int count, char **words, end_of_wire *ends) {
    text ecn = {0};
    int at = 1;
    for (; at + 1 < count && strcmp(words[at], "--") != 0; at++) {
        const char *name = words[at];
        if (!strcmp(name, "--report")) {
            options.report = 1;
            continue;
        }
        text value = {name, words[at + 1], words[at + 1]};
        at++;
        if (!strcmp(name, "--a")) ends[0].name = value.value;
        else if (!strcmp(name, "--b")) ends[1].name = value.value;
        else if (!strcmp(name, "--delay-ms")) options.delay = milliseconds(&value);
        else if (!strcmp(name, "--loss")) options.loss = percent(&value);
        else if (!strcmp(name, "--duplicate")) options.duplicate = percent(&value);
        else if (!strcmp(name, "--reorder")) options.reorder = percent(&value);
        else if (!strcmp(name, "--reorder-ms")) options.lateness = milliseconds(&value);
        else if (!strcmp(name, "--bursts")) read_bursts(&value);
        else if (!strcmp(name, "--rate-mbit")) read_rate(&value);
        else if (!strcmp(name, "--rate")) read_rates(&value);
        else if (!strcmp(name, "--queue-ms")) options.queue = milliseconds(&value);
        else if (!strcmp(name, "--ecn")) ecn = value;
        else if (!strcmp(name, "--cut-ms")) options.cut = milliseconds(&value);
        else if (!strcmp(name, "--seed")) options.seed = seed(&value);
        else {
            fprintf(stderr, "linkem: %s: there is no such option\n", name);
            return 0;
        }
    }
    if (ecn.option) read_ecn(&ecn);
    return at + 1 < count && strcmp(words[at], "--") == 0 ? at + 1 : 0;
}
