/* Many blocks under one key, on the slices of slices.h. */
#ifndef LINLI_SLICES_MODES_H
#define LINLI_SLICES_MODES_H

#include "slices.h"

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

/* LANES counters from `counter` on, in AES's basis. */
INLINE void slices_count(slice s[16], const uint8_t counter[16])
{
    unsigned low = (unsigned)counter[14] << 8 | counter[15];
    if (low + LANES <= 0x10000u) {
        uint8_t bytes[2][LANES];
        for (unsigned lane = 0; lane < LANES; lane++) {
            unsigned each = low + lane_block(lane);
            bytes[0][lane] = (uint8_t)(each >> 8);
            bytes[1][lane] = (uint8_t)each;
        }
        for (unsigned j = 0; j < 14; j++) {
            s[j] = slice_all(counter[j]);
        }
        s[14] = slice_load(bytes[0]);
        s[15] = slice_load(bytes[1]);
    } else {
        uint8_t blocks[16 * LANES];
        for (unsigned i = 0; i < LANES; i++) {
            memcpy(blocks + 16 * i, counter, 16);
            slices_add(blocks + 16 * i, i);
        }
        slices_load(s, blocks);
    }
    slices_to_aes(s);
}

/* `groups`, 1 or 2, times LANES blocks; `out` may be `in`. */
INLINE void slices_counter_groups(const common_key *key, uint8_t *out, const uint8_t *in,
                                  size_t groups, uint8_t counter[16])
{
    slice s[16], t[16], done[16];
    slices_count(s, counter);
    slices_add(counter, LANES);
    if (groups == 2) {
        slices_count(t, counter);
        slices_add(counter, LANES);
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
    uint8_t room[32 * LANES];
    common_key_init(&key, round_keys);
    for (; length >= sizeof room; length -= sizeof room) {
        slices_counter_groups(&key, out, in, 2, counter);
        out += sizeof room;
        in += sizeof room;
    }
    if (length > 0) {
        uint8_t after[16];
        memcpy(after, counter, 16);
        slices_add(after, (length + 15) / 16);
        memcpy(room, in, length);
        slices_counter_groups(&key, room, room, length > 16 * LANES ? 2 : 1, counter);
        memcpy(out, room, length);
        memcpy(counter, after, 16);
        wipe(room, sizeof room);
    }
    wipe(&key, sizeof key);
}

#endif
