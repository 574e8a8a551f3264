/*
 * What holds for every mode that seals, whatever bytes it is given: sealed by one opens by another,
 * forgeries leave zeros, and arguments that the standard forbids leave everything as it was.
 */
#ifndef LINLI_FUZZ_SEALING_H
#define LINLI_FUZZ_SEALING_H

#include "input.h"

/* One key in one implementation. */
typedef struct {
    const void *key;
    int (*seal)(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                const uint8_t *header, size_t header_length, const uint8_t *body,
                size_t body_length, size_t tag_length);
    int (*open)(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                const uint8_t *header, size_t header_length, const uint8_t *sealed,
                size_t sealed_length, size_t tag_length);
} sealer;

/* All that goes with a message, each at its exact size. */
typedef struct {
    uint8_t *nonce, *header;
    size_t nonce_length, header_length, tag_length;
    int lawful; /* whether the standard allows these lengths */
} surroundings;

static inline surroundings take_surroundings(input *in, size_t most_nonce)
{
    surroundings with;
    with.nonce_length = take_below(in, most_nonce + 1);
    with.tag_length = take_below(in, 20);
    with.header_length = take_below(in, 400);
    with.nonce = room(with.nonce_length);
    with.header = room(with.header_length);
    if (with.nonce_length > 0) {
        take(in, with.nonce, with.nonce_length);
    }
    if (with.header_length > 0) {
        take(in, with.header, with.header_length);
    }
    return with;
}

static inline void free_surroundings(surroundings with)
{
    free(with.nonce);
    free(with.header);
}

static inline int open_into(sealer by, surroundings with, uint8_t *out, const uint8_t *sealed,
                            size_t length)
{
    return by.open(by.key, out, with.nonce, with.nonce_length, with.header, with.header_length,
                   sealed, length, with.tag_length);
}

static inline int seal_into(sealer by, surroundings with, uint8_t *out, const uint8_t *body,
                            size_t length)
{
    return by.seal(by.key, out, with.nonce, with.nonce_length, with.header, with.header_length,
                   body, length, with.tag_length);
}

/* Any bytes as something sealed: what `by` makes of it, and that `other` does the same. */
static inline void check_open(sealer by, sealer other, surroundings with, const uint8_t *bytes,
                              size_t length)
{
    size_t body_length = length > with.tag_length ? length - with.tag_length : 0;
    uint8_t *sealed = copy(bytes, length);
    uint8_t *out = room(body_length), *by_other = room(body_length);
    int result = open_into(by, with, out, sealed, length);
    CHECK(result == 0 || result == -1);
    CHECK(open_into(other, with, by_other, sealed, length) == result);
    CHECK(same(out, by_other, body_length));
    CHECK(same(sealed, bytes, length));
    if (!with.lawful || length < with.tag_length) {
        CHECK(result == -1 && all_are(out, body_length, 0xAA));
        CHECK(open_into(by, with, sealed, sealed, length) == -1);
        CHECK(same(sealed, bytes, length));
    } else {
        CHECK(result == 0 || all_are(out, body_length, 0));
        CHECK(open_into(by, with, sealed, sealed, length) == result);
        CHECK(same(sealed, out, body_length));
    }
    free(sealed);
    free(out);
    free(by_other);
}

/* Any bytes as a body: sealed alike by both, opened by the other, refused with one bit changed. */
static inline void check_seal(sealer by, sealer other, surroundings with, const uint8_t *bytes,
                              size_t length, size_t bit)
{
    size_t sealed_length = length + with.tag_length;
    uint8_t *body = copy(bytes, length), *in_place = copy_with_room(bytes, length, with.tag_length);
    uint8_t *sealed = room(sealed_length), *by_other = room(sealed_length);
    int result = seal_into(by, with, sealed, body, length);
    CHECK(result == (with.lawful ? 0 : -1));
    CHECK(seal_into(other, with, by_other, body, length) == result);
    CHECK(same(sealed, by_other, sealed_length));
    CHECK(seal_into(by, with, in_place, in_place, length) == result);
    if (result != 0) {
        CHECK(all_are(sealed, sealed_length, 0xAA));
        CHECK(same(in_place, bytes, length));
    } else {
        CHECK(same(in_place, sealed, sealed_length));
        CHECK(open_into(other, with, body, sealed, sealed_length) == 0);
        CHECK(same(body, bytes, length));
        sealed[bit / 8 % sealed_length] ^= (uint8_t)(1u << bit % 8);
        CHECK(open_into(by, with, body, sealed, sealed_length) == -1);
        CHECK(all_are(body, length, 0));
    }
    free(body);
    free(in_place);
    free(sealed);
    free(by_other);
}

#endif
