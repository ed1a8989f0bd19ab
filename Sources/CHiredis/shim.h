// hiredis: its reader of replies only, for it has no TLS. The reader alone is not bounded: it makes an array of as many elements
// as are announced, and stores as much as it is fed. What is here around it refuses both before they are stored.
#pragma once
#include <hiredis/hiredis.h>
#include <stdlib.h>

// The longest that a line may be which no bulk string is: a status, an error, a number, a length.
#define RTC_REDIS_LINE_LIMIT 65536

struct rtc_redis_reader {
    redisReader *reader;
    // The reader's own, and the same with an array that is counted.
    redisReplyObjectFunctions *plain;
    redisReplyObjectFunctions counted;
    // Of the reply that is being read: its bytes so far, with those that wait, and the elements of all its arrays.
    size_t byte_count, byte_limit;
    size_t element_count, element_limit;
    // Why it reads no more; NULL while it does.
    const char *refusal;
};

// A reply that is an array, or the part of one that is. NULL makes the reader stop.
static inline void *rtc_redis_create_array(const redisReadTask *task, int elements) {
    struct rtc_redis_reader *state = (struct rtc_redis_reader *)task->privdata;
    if (elements < 0 || (size_t)elements > state->element_limit - state->element_count) {
        state->refusal = "a reply with more elements than any that was asked for";
        return NULL;
    }
    state->element_count += (size_t)elements;
    return state->plain->createArray(task, elements);
}

// NULL where there is no memory.
static inline struct rtc_redis_reader *rtc_redis_reader_create(size_t byte_limit, size_t element_limit) {
    struct rtc_redis_reader *state = (struct rtc_redis_reader *)calloc(1, sizeof *state);
    redisReader *reader = redisReaderCreate();
    if (!state || !reader) {
        free(state);
        if (reader) redisReaderFree(reader);
        return NULL;
    }
    state->reader = reader;
    state->byte_limit = byte_limit;
    state->element_limit = element_limit;
    state->plain = reader->fn;
    state->counted = *reader->fn;
    state->counted.createArray = rtc_redis_create_array;
    // The memory of a large reply is given back after it.
    reader->maxbuf = REDIS_READER_MAX_BUF;
    reader->fn = &state->counted;
    reader->privdata = state;
    return state;
}

static inline void rtc_redis_reader_free(struct rtc_redis_reader *state) {
    redisReaderFree(state->reader);
    free(state);
}

// Stores bytes, of which it takes a copy. To be called with some 64 KiB at most, and only when rtc_redis_reader_next() has said 0:
// so much more than the limit it may hold.
static inline void rtc_redis_reader_feed(struct rtc_redis_reader *state, const char *bytes, size_t count) {
    state->byte_count += count;
    if (redisReaderFeed(state->reader, bytes, count) != REDIS_OK && !state->refusal) state->refusal = state->reader->errstr;
}

// Whether what is announced, or waits for its end, is more than may be stored. The reader stands behind the first byte of what it
// has not read, and knows its type.
static inline void rtc_redis_reader_check(struct rtc_redis_reader *state) {
    redisReader *reader = state->reader;
    if (state->byte_count > state->byte_limit) {
        state->refusal = "a reply larger than any that was asked for";
        return;
    }
    size_t waiting = reader->len - reader->pos;
    if (reader->ridx < 0 || reader->rstack[reader->ridx].type != REDIS_REPLY_STRING) {
        if (waiting > RTC_REDIS_LINE_LIMIT) state->refusal = "a line without an end";
        return;
    }
    size_t announced = 0, digits = 0;
    const char *text = reader->buf + reader->pos;
    while (digits < waiting && text[digits] >= '0' && text[digits] <= '9') {
        announced = announced * 10 + (size_t)(text[digits] - '0');
        digits += 1;
        if (announced > state->byte_limit) {
            state->refusal = "a reply larger than any that was asked for";
            return;
        }
    }
    // Behind the digits is the end of the line, or nothing yet; everything else is refused when the end comes.
    if (digits < waiting && text[digits] != '\r' && waiting > RTC_REDIS_LINE_LIMIT) state->refusal = "a line without an end";
    if (digits > 20) state->refusal = "a length without an end";
}

// 1 with a reply, which belongs to the caller; 0 when more bytes are needed; -1 when it is no RESP, or too much: see `refusal`.
static inline int rtc_redis_reader_next(struct rtc_redis_reader *state, redisReply **reply) {
    *reply = NULL;
    if (state->refusal) return -1;
    void *object = NULL;
    if (redisReaderGetReply(state->reader, &object) != REDIS_OK) {
        if (!state->refusal) state->refusal = state->reader->errstr;
        return -1;
    }
    if (object) {
        state->byte_count = state->reader->len - state->reader->pos;
        state->element_count = 0;
        *reply = (redisReply *)object;
        return 1;
    }
    rtc_redis_reader_check(state);
    return state->refusal ? -1 : 0;
}
