/*
 * CCM of many messages under a key each, on the slices of slices.h: one message a lane.
 *
 * All messages are at the same step at the same time. In step t one half of the vectors encrypts
 * counter block t, the other takes the MAC over block t - 2 of the body, which is ready even when
 * opening; before the body, over B_0 and the header (NIST SP 800-38C, A.2):
 *
 *   step       0      1       2        3        ...   n + 1
 *   counters   mask   body 0  body 1   body 2
 *   MAC        B_0    header  body 0   body 1   ...   body n - 1
 *
 * Without a header, B_0 is taken in step 1. A message that has ended stays in its lane, its MAC put
 * aside, until the longest has.
 */
#ifndef LINLI_SLICES_CCM_H
#define LINLI_SLICES_CCM_H

#include "slices.h"

/* Where byte j, from the most significant, of a round key lies in memory. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define KEY_BYTE(j) (j)
#else
#define KEY_BYTE(j) (3 - (j))
#endif

/* Makes the round constants of slices.h from the round keys of each lane. */
static void lane_keys_init(lane_keys *keys, const uint8_t *round_keys[LANES])
{
    slice k[4][4]; /* k_n at n % 4 */
    memset(k, 0, sizeof k);
    for (unsigned n = 3; n <= 35; n++) {
        slice four[16], change[4];
        slice *next = k[n % 4];
        if (n % 4 == 3 && n < 35) {
            slices_gather(four, round_keys);
            for (unsigned lane = 0; lane < LANES; lane++) {
                round_keys[lane] += 16;
            }
        }
        for (unsigned j = 0; j < 4; j++) {
            slice made = slice_all(0);
            if (n < 35) {
                made = slice_to_aes_key(four[(n + 1) % 4 * 4 + KEY_BYTE(j)]);
                made = slice_xor3(made, k[(n + 3) % 4][j], k[(n + 2) % 4][j]);
            }
            change[j] = slice_xor(next[j], made);
            next[j] = made;
        }
        if (n == 3) {
            memcpy(keys->first, next, sizeof keys->first);
            continue;
        }
        slice sum = slice_xor(slice_xor3(change[0], change[1], change[2]), change[3]);
        for (unsigned j = 0; j < 4; j++) {
            keys->rounds[4 * (n - 4) + j] = slice_xor(change[j], sum);
        }
        if (n >= 32 && n < 35) {
            memcpy(keys->last + 4 * (34 - n), next, sizeof change);
        }
    }
}

/* `length` bytes, at most 14, without a call. */
INLINE void copy_header(uint8_t *to, const uint8_t *from, size_t length)
{
    if (length >= 8) {
        memcpy(to, from, 8);
        memcpy(to + length - 8, from + length - 8, 8);
    } else {
        for (size_t i = 0; i < length; i++) {
            to[i] = from[i];
        }
    }
}

/* B_0 and the header behind its length, in AES's basis; the header also goes to `out`. */
INLINE void slices_prefix(slice b0[16], slice header[16], const linli_lane *messages, size_t count,
                          size_t header_length, size_t tag_length)
{
    uint8_t blocks[2][16 * LANES] = {{0}};
    uint8_t flags = (uint8_t)((header_length > 0 ? 0x40u : 0u) | (tag_length - 2) / 2 << 3 | 2u);
    for (size_t i = 0; i < count; i++) {
        const linli_lane *message = &messages[i];
        uint8_t *block = blocks[0] + 16 * i;
        block[0] = flags;
        memcpy(block + 1, message->nonce, 12);
        block[13] = (uint8_t)(message->body_length >> 16);
        block[14] = (uint8_t)(message->body_length >> 8);
        block[15] = (uint8_t)message->body_length;
        block = blocks[1] + 16 * i;
        block[1] = (uint8_t)header_length;
        copy_header(block + 2, message->in, header_length);
        copy_header(message->out, message->in, header_length);
    }
    slices_load(b0, blocks[0]);
    slices_load(header, blocks[1]);
    slices_to_aes(b0);
    slices_to_aes(header);
}

/* One body, block by block. */
typedef struct {
    const uint8_t *in[LANES]; /* this block, or a copy with zeros behind it */
    uint8_t *out[LANES];      /* where it goes, or `spill` */
    uint8_t padded[LANES][16];
    uint8_t spill[LANES][16];
} slices_bodies;

/* Points to block `at / 16` of each body. */
INLINE void slices_point(slices_bodies *bodies, const linli_lane *messages, size_t count,
                         size_t header_length, size_t at)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = messages[i].body_length;
        bodies->in[i] = messages[i].in + header_length + at;
        bodies->out[i] = messages[i].out + header_length + at;
        if (at + 16 > length) {
            if (at < length) {
                memcpy(bodies->padded[i], bodies->in[i], length - at);
            }
            bodies->in[i] = bodies->padded[i];
            bodies->out[i] = bodies->spill[i];
        }
    }
}

/* Hands over the shorter blocks at the end of bodies; pads what came of them, for the MAC. */
INLINE void slices_unspill(slices_bodies *bodies, const linli_lane *messages, size_t count,
                           size_t header_length, size_t at)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = messages[i].body_length;
        if (at < length && at + 16 > length) {
            memcpy(messages[i].out + header_length + at, bodies->spill[i], length - at);
            memset(bodies->spill[i] + (length - at), 0, at + 16 - length);
        }
    }
}

static void slices_ccm(linli_lane *messages, size_t count, size_t header_length, size_t tag_length,
                       int opening)
{
    lane_keys keys;
    slices_bodies bodies;
    slice b0[16], header[16], counter[16], chain[16], mask[16], s[16], done[16];
    const uint8_t *pointers[LANES];
    size_t blocks = 0; /* of the longest body */
    for (size_t i = 0; i < LANES; i++) {
        const linli_lane *message = &messages[i < count ? i : 0];
        pointers[i] = (const uint8_t *)message->round_keys;
        blocks = message->body_length > 16 * blocks ? (message->body_length + 15) / 16 : blocks;
        bodies.in[i] = bodies.padded[i];
        bodies.out[i] = bodies.spill[i];
    }
    memset(bodies.padded, 0, sizeof bodies.padded);
    lane_keys_init(&keys, pointers);
    slices_prefix(b0, header, messages, count, header_length, tag_length);
    memcpy(counter, b0, sizeof counter);
    counter[0] = slice_to_aes(slice_all(2));
    memset(chain, 0, sizeof chain);
    memset(mask, 0, sizeof mask);

    for (size_t step = 0; step <= blocks + 1; step++) {
        int counting = step <= blocks;
        int chaining = step > 0 || header_length > 0;
        if (counting) {
            memcpy(s, counter, sizeof s);
            for (unsigned j = 0; j < 3; j++) {
                s[13 + j] = slice_to_aes(slice_all(step >> (16 - 8 * j)));
            }
        }
        if (chaining) {
            slice data[16];
            if (step >= 2) {
                slices_gather(data, opening ? (const uint8_t *const *)bodies.out : bodies.in);
                slices_to_aes(data);
            } else {
                memcpy(data, step == 0 || header_length == 0 ? b0 : header, sizeof data);
            }
            for (unsigned j = 0; j < 16; j++) {
                chain[j] = slice_xor(chain[j], data[j]);
            }
        }
        if (counting && chaining) {
            lanes_two(&keys, s, chain);
        } else {
            lanes_one(&keys, counting ? s : chain);
        }
        if (chaining) {
            lanes_end(&keys, done, chain);
            memcpy(chain, done, sizeof chain);
        }
        if (counting) {
            lanes_end(&keys, done, s);
            slices_from_aes(done);
            if (step == 0) {
                memcpy(mask, done, sizeof mask);
            } else {
                slices_point(&bodies, messages, count, header_length, 16 * (step - 1));
                slices_scatter_xor(bodies.out, bodies.in, done);
                slices_unspill(&bodies, messages, count, header_length, 16 * (step - 1));
            }
        }
        uint8_t tags[16 * LANES];
        int ready = 0;
        for (size_t i = 0; i < count; i++) {
            ready |= (messages[i].body_length + 15) / 16 + 1 == step;
        }
        if (ready) {
            memcpy(done, chain, sizeof done);
            slices_from_aes(done);
            for (unsigned j = 0; j < 16; j++) {
                done[j] = slice_xor(done[j], mask[j]);
            }
            slices_store(tags, done);
            for (size_t i = 0; i < count; i++) {
                if ((messages[i].body_length + 15) / 16 + 1 == step) {
                    memcpy(messages[i].tag, tags + 16 * i, 16);
                }
            }
        }
    }
    wipe(&keys, sizeof keys);
    wipe(&bodies, sizeof bodies);
}

#endif
