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
static void lane_keys_init(lane_keys *keys, const uint8_t *const round_keys[LANES])
{
    slice k[4][4]; /* k_n at n % 4 */
    memset(k, 0, sizeof k);
    for (unsigned n = 3; n <= 35; n++) {
        slice four[16], change[4];
        slice *next = k[n % 4];
        if (n % 4 == 3 && n < 35) {
            slices_gather(four, round_keys, 4 * (n - 3));
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

/*
 * The bodies, block by block. While all have whole blocks, a block is at an offset from the body's
 * beginning. Then each lane gets a pointer of its own, to a copy where its body has ended.
 */
typedef struct {
    const uint8_t *in[LANES];
    uint8_t *out[LANES];
    const uint8_t *block_in[LANES];
    uint8_t *block_out[LANES];
    size_t lengths[LANES];
    size_t shortest;
    size_t longest;
    uint8_t padded_in[LANES][16];
    uint8_t padded_out[LANES][16];
} slices_bodies;

INLINE void slices_bodies_init(slices_bodies *bodies, const linli_lane *messages, size_t count,
                               size_t header_length)
{
    memset(bodies->padded_in, 0, sizeof bodies->padded_in);
    bodies->shortest = bodies->longest = messages[0].body_length;
    for (size_t i = 0; i < LANES; i++) {
        bodies->block_in[i] = bodies->padded_in[i];
        bodies->block_out[i] = bodies->padded_out[i];
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = messages[i].body_length;
        bodies->in[i] = messages[i].in + header_length;
        bodies->out[i] = messages[i].out + header_length;
        bodies->lengths[i] = length;
        bodies->shortest = length < bodies->shortest ? length : bodies->shortest;
        bodies->longest = length > bodies->longest ? length : bodies->longest;
    }
    for (size_t i = count; i < LANES; i++) { /* lanes without a message */
        bodies->in[i] = bodies->padded_in[i];
        bodies->out[i] = bodies->padded_out[i];
    }
    if (count < LANES) {
        bodies->shortest = 0;
    }
}

/* The blocks at `at` of each body, whole or padded, XORed with `stream`. */
INLINE void slices_bodies_xor(slices_bodies *bodies, size_t count, size_t at, slice stream[16])
{
    if (at + 16 <= bodies->shortest) {
        slices_scatter_xor(bodies->out, bodies->in, at, stream);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (at + 16 <= bodies->lengths[i]) {
            bodies->block_in[i] = bodies->in[i] + at;
            bodies->block_out[i] = bodies->out[i] + at;
        } else {
            if (at < bodies->lengths[i]) {
                memcpy(bodies->padded_in[i], bodies->in[i] + at, bodies->lengths[i] - at);
            }
            bodies->block_in[i] = bodies->padded_in[i];
            bodies->block_out[i] = bodies->padded_out[i];
        }
    }
    slices_scatter_xor(bodies->block_out, bodies->block_in, 0, stream);
    for (size_t i = 0; i < count; i++) {
        size_t length = bodies->lengths[i];
        if (at < length && at + 16 > length) {
            memcpy(bodies->out[i] + at, bodies->padded_out[i], length - at);
            memset(bodies->padded_out[i] + (length - at), 0, at + 16 - length);
        }
    }
}

/* The blocks at `at`, padded with zeros, after slices_bodies_xor has had its turn with them. */
INLINE void slices_bodies_load(slice s[16], const slices_bodies *bodies, size_t at, int output)
{
    if (at + 16 <= bodies->shortest) {
        slices_gather(s, output ? (const uint8_t *const *)bodies->out : bodies->in, at);
    } else {
        slices_gather(s, output ? (const uint8_t *const *)bodies->block_out : bodies->block_in, 0);
    }
}

/* The tags of the messages whose body's last block is that before `end`. */
static void slices_tags(linli_lane *messages, size_t count, size_t end, const slice chain[16],
                        const slice mask[16])
{
    uint8_t tags[16 * LANES];
    slice s[16];
    memcpy(s, chain, sizeof s);
    slices_from_aes(s);
    for (unsigned j = 0; j < 16; j++) {
        s[j] = slice_xor(s[j], mask[j]);
    }
    slices_store(tags, s);
    for (size_t i = 0; i < count; i++) {
        if ((messages[i].body_length + 15) / 16 * 16 == end) {
            memcpy(messages[i].tag, tags + 16 * i, 16);
        }
    }
}

static void slices_ccm(linli_lane *messages, size_t count, size_t header_length, size_t tag_length,
                       int opening)
{
    lane_keys keys;
    slices_bodies bodies;
    slice b0[16], header[16], nonce[16], chain[16], mask[16];
    const uint8_t *round_keys[LANES];
    for (size_t i = 0; i < LANES; i++) {
        round_keys[i] = (const uint8_t *)messages[i < count ? i : 0].round_keys;
    }
    slices_bodies_init(&bodies, messages, count, header_length);
    slices_prefix(b0, header, messages, count, header_length, tag_length);
    lane_keys_init(&keys, round_keys);
    memcpy(nonce, b0, sizeof nonce);
    nonce[0] = slice_to_aes(slice_all(2));
    memset(chain, 0, sizeof chain);
    memset(mask, 0, sizeof mask);

    size_t steps = (bodies.longest + 15) / 16 + 2;
    for (size_t step = 0; step < steps; step++) {
        slice counter[16], data[16], done[16];
        int counting = step + 1 < steps;
        int chaining = step > 0 || header_length > 0;
        if (counting) {
            memcpy(counter, nonce, sizeof counter);
            for (unsigned j = 0; j < 3; j++) {
                counter[13 + j] = slice_to_aes(slice_all((uint8_t)(step >> (16 - 8 * j))));
            }
        }
        if (chaining) {
            if (step >= 2) {
                slices_bodies_load(data, &bodies, 16 * (step - 2), opening);
                slices_to_aes(data);
            } else {
                memcpy(data, step > 0 && header_length > 0 ? header : b0, sizeof data);
            }
            for (unsigned j = 0; j < 16; j++) {
                chain[j] = slice_xor(chain[j], data[j]);
            }
        }
        if (counting && chaining) {
            lanes_two(&keys, counter, chain);
        } else {
            lanes_one(&keys, counting ? counter : chain);
        }
        if (chaining) {
            lanes_end(&keys, done, chain);
            memcpy(chain, done, sizeof chain);
        }
        if (step > 0 && 16 * (step - 1) >= bodies.shortest) {
            slices_tags(messages, count, 16 * (step - 1), chain, mask);
        }
        if (counting) {
            lanes_end(&keys, done, counter);
            slices_from_aes(done);
            if (step == 0) {
                memcpy(mask, done, sizeof mask);
            } else {
                slices_bodies_xor(&bodies, count, 16 * (step - 1), done);
            }
        }
    }
    wipe(mask, sizeof mask);
    wipe(&keys, sizeof keys);
    wipe(&bodies, sizeof bodies);
}

#endif
