/* Blocks under one key: many on the slices of slices.h, few on the words of words.h. */
#ifndef LINLI_SLICES_MODES_H
#define LINLI_SLICES_MODES_H

#include "slices.h"
#include "words.h"

/* `groups`, 1 or 2, times LANES blocks; `out` may be `in`. */
INLINE void slices_encrypt_groups(const common_key *key, uint8_t *out, const uint8_t *in,
                                  size_t groups)
{
    slice s[16], t[16], done[16];
    slices_load(s, in);
    slices_to_aes(s);
    if (groups == 2) {
        slices_load(t, in + 16 * LANES);
        slices_to_aes(t);
        common_two(key, s, t);
        common_end(key, done, t);
        slices_from_aes(done);
        slices_store(out + 16 * LANES, done);
    } else {
        common_one(key, s);
    }
    common_end(key, done, s);
    slices_from_aes(done);
    slices_store(out, done);
}

static void slices_encrypt(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                           size_t blocks)
{
    common_key key;
    uint8_t room[32 * LANES];
    common_key_init(&key, round_keys);
    for (; blocks >= 2 * LANES; blocks -= 2 * LANES) {
        slices_encrypt_groups(&key, out, in, 2);
        out += 32 * LANES;
        in += 32 * LANES;
    }
    if (blocks > 0) {
        memcpy(room, in, 16 * blocks);
        slices_encrypt_groups(&key, room, room, blocks > LANES ? 2 : 1);
        memcpy(out, room, 16 * blocks);
        wipe(room, sizeof room);
    }
    wipe(&key, sizeof key);
}

/* Adds to a big-endian number modulo 2^128. */
static void slices_add(uint8_t counter[16], size_t blocks)
{
    for (unsigned j = 16; j-- > 0 && blocks > 0;) {
        blocks += counter[j];
        counter[j] = (uint8_t)blocks;
        blocks >>= 8;
    }
}

/* A counter, and its upper 14 bytes in AES's basis: they seldom change. */
typedef struct {
    uint8_t bytes[16];
    slice upper[14];
} slices_number;

static void slices_number_set(slices_number *number, const uint8_t bytes[16])
{
    memcpy(number->bytes, bytes, 16);
    for (unsigned j = 0; j < 14; j++) {
        number->upper[j] = slice_to_aes(slice_all(bytes[j]));
    }
}

/* The next LANES counters, in AES's basis. */
INLINE void slices_count(slice s[16], slices_number *number)
{
    uint8_t *bytes = number->bytes;
    unsigned low = (unsigned)bytes[14] << 8 | bytes[15];
    if (low + LANES < 0x10000u) {
        uint8_t lanes[2][LANES];
        for (unsigned lane = 0; lane < LANES; lane++) {
            unsigned each = low + lane_block(lane);
            lanes[0][lane] = (uint8_t)(each >> 8);
            lanes[1][lane] = (uint8_t)each;
        }
        memcpy(s, number->upper, sizeof number->upper);
        s[14] = slice_to_aes(slice_load(lanes[0]));
        s[15] = slice_to_aes(slice_load(lanes[1]));
        bytes[14] = (uint8_t)((low + LANES) >> 8);
        bytes[15] = (uint8_t)(low + LANES);
    } else {
        uint8_t blocks[16 * LANES];
        for (unsigned i = 0; i < LANES; i++) {
            memcpy(blocks + 16 * i, bytes, 16);
            slices_add(bytes, 1);
        }
        slices_load(s, blocks);
        slices_to_aes(s);
        slices_number_set(number, bytes);
    }
}

/* `groups`, 1 or 2, times LANES blocks; `out` may be `in`. */
INLINE void slices_counter_groups(const common_key *key, uint8_t *out, const uint8_t *in,
                                  size_t groups, slices_number *number)
{
    slice s[16], t[16], done[16];
    slices_count(s, number);
    if (groups == 2) {
        slices_count(t, number);
        common_two(key, s, t);
        common_end(key, done, t);
        slices_from_aes(done);
        slices_store_xor(out + 16 * LANES, in + 16 * LANES, done);
    } else {
        common_one(key, s);
    }
    common_end(key, done, s);
    slices_from_aes(done);
    slices_store_xor(out, in, done);
}

static void slices_counter(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                           size_t length, uint8_t counter[16])
{
    common_key key;
    slices_number number;
    uint8_t room[32 * LANES];
    common_key_init(&key, round_keys);
    slices_number_set(&number, counter);
    slices_add(counter, (length + 15) / 16);
    for (; length >= sizeof room; length -= sizeof room) {
        slices_counter_groups(&key, out, in, 2, &number);
        out += sizeof room;
        in += sizeof room;
    }
    if (length > 0) {
        memcpy(room, in, length);
        slices_counter_groups(&key, room, room, length > 16 * LANES ? 2 : 1, &number);
        memcpy(out, room, length);
        wipe(room, sizeof room);
    }
    wipe(&key, sizeof key);
}

/* From here on, slices are faster than words. */
#define MANY_BLOCKS 16

static void engine_encrypt(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                           size_t blocks)
{
    (blocks > MANY_BLOCKS ? slices_encrypt : words_encrypt)(round_keys, out, in, blocks);
}

static void engine_counter(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                           size_t length, uint8_t counter[16])
{
    (length > 16 * MANY_BLOCKS ? slices_counter : words_counter)(round_keys, out, in, length,
                                                                 counter);
}

#endif
