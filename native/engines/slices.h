/*
 * SM4 on slices: a slice holds one byte of each of LANES blocks, so that a block's bytes lie in 16
 * slices and rotating its words by 8 bits costs nothing. Included by an engine that has defined
 *
 *   LANES, slice                 how many blocks, and the vector type
 *   slice_xor, slice_xor3        of two and of three
 *   slice_substitute(x, &w, &u)  the S-box, then W and U below; in AES's basis (affine.h)
 *   slice_to_aes(x), slice_from_aes(x), slice_to_aes_key(x)
 *                                into AES's basis and back; round keys with their constant
 *   slice_all(byte), slice_words(word), slice_load(bytes), slice_store(bytes, x)
 *                                one byte for all lanes; the same from a word of four equal bytes;
 *                                LANES bytes, one a lane
 *   slices_load(s, in), slices_store(out, s), slices_store_xor(out, in, s)
 *                                LANES blocks in a row to 16 slices and back
 *   slices_gather(s, in, at), slices_scatter_xor(out, in, at, s)
 *                                the same with a pointer for each block, which is `at` behind it
 *   lane_block(lane)             which of these blocks is in a lane
 *
 * The linear layer L(B) = B ^ B<<<2 ^ B<<<10 ^ B<<<18 ^ B<<<24 of a word with bytes B_0 (the most
 * significant) to B_3 is, byte by byte,
 *
 *   D_j = W(B_j) ^ U(B_j-1)      W(b) = b ^ b>>6,  U(b) = b ^ b<<2
 *   L_j = the three D of the other bytes
 *
 * and W and U are linear, so that one instruction can do S-box and W, another S-box and U.
 *
 * A round key would cost an XOR of its own. Instead, the n-th word s_n of the state is kept as
 * s_n ^ k_n with k_i+1 ^ k_i+2 ^ k_i+3 = rk_i. That leaves k_i ^ k_i+4 to be added to what round i
 * gives, and D has room for it: where D is added up anyway, by XORs of three.
 */
#ifndef LINLI_SLICES_H
#define LINLI_SLICES_H

#include "big_endian.h"
#include "bytes.h"
#include "engine.h"
#include "inline.h"

#include <string.h>

/*
 * One round: `a` becomes a ^ L(S(b ^ c ^ d)) ^ what `key` is made of. In this order, where each D
 * follows its parts at once, compilers make code that is a twentieth faster.
 */
INLINE void slice_round(slice a[4], const slice b[4], const slice c[4], const slice d[4],
                        slice key0, slice key1, slice key2, slice key3)
{
    const slice keys[4] = {key0, key1, key2, key3};
    slice w[4], u[4];
    for (unsigned j = 0; j < 4; j++) {
        slice_substitute(slice_xor3(b[j], c[j], d[j]), &w[j], &u[j]);
        if (j > 0) {
            w[j] = slice_xor3(w[j], u[j - 1], keys[j]);
        }
    }
    w[0] = slice_xor3(w[0], u[3], keys[0]);
    slice lower = slice_xor(w[2], w[3]);
    slice upper = slice_xor(w[0], w[1]);
    a[0] = slice_xor3(a[0], w[1], lower);
    a[1] = slice_xor3(a[1], w[0], lower);
    a[2] = slice_xor3(a[2], w[3], upper);
    a[3] = slice_xor3(a[3], w[2], upper);
}

/* One key for all lanes. */
typedef struct {
    uint32_t rounds[128]; /* at 4 * i + j, what goes into D_j of round i, in all four bytes */
    uint32_t first[4];    /* k_3 likewise; k_0 to k_2 are 0 */
    uint32_t last[12];    /* those of k_34, k_33 and k_32; k_35 is 0 */
} common_key;

/* A key for each lane. */
typedef struct {
    slice rounds[128];
    slice first[4];
    slice last[12];
} lane_keys;

#define COMMON(word) slice_words(word)
#define OF_LANE(x) (x)

#define ROUND(a, b, c, d, n, GET)                                                                  \
    slice_round(a, b, c, d, GET(rounds[n]), GET(rounds[(n) + 1]), GET(rounds[(n) + 2]),            \
                GET(rounds[(n) + 3]))

/*
 * Blocks go in and come out in AES's basis. name_one does the rounds of LANES blocks, in place;
 * name_two those of twice as many, which take turns so that one's latency hides behind the other's
 * work. name_end then puts the words, which come out in reverse, in order.
 */
#define DEFINE_CIPHER(name, type, GET)                                                             \
    INLINE void name##_begin(const type *key, slice s[16])                                         \
    {                                                                                              \
        for (unsigned j = 0; j < 4; j++) {                                                         \
            s[12 + j] = slice_xor(s[12 + j], GET(key->first[j]));                                  \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    INLINE void name##_end(const type *key, slice out[16], const slice s[16])                      \
    {                                                                                              \
        for (unsigned j = 0; j < 4; j++) {                                                         \
            out[j] = s[12 + j];                                                                    \
            out[4 + j] = slice_xor(s[8 + j], GET(key->last[j]));                                   \
            out[8 + j] = slice_xor(s[4 + j], GET(key->last[4 + j]));                               \
            out[12 + j] = slice_xor(s[j], GET(key->last[8 + j]));                                  \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void name##_one(const type *key, slice s[16])                                           \
    {                                                                                              \
        name##_begin(key, s);                                                                      \
        for (unsigned i = 0; i < 128; i += 16) {                                                   \
            const type##_round *rounds = key->rounds + i;                                          \
            ROUND(s, s + 4, s + 8, s + 12, 0, GET);                                                \
            ROUND(s + 4, s + 8, s + 12, s, 4, GET);                                                \
            ROUND(s + 8, s + 12, s, s + 4, 8, GET);                                                \
            ROUND(s + 12, s, s + 4, s + 8, 12, GET);                                               \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void name##_two(const type *key, slice *restrict s, slice *restrict t)                  \
    {                                                                                              \
        name##_begin(key, s);                                                                      \
        name##_begin(key, t);                                                                      \
        for (unsigned i = 0; i < 128; i += 16) {                                                   \
            const type##_round *restrict rounds = key->rounds + i;                                 \
            ROUND(s, s + 4, s + 8, s + 12, 0, GET);                                                \
            ROUND(t, t + 4, t + 8, t + 12, 0, GET);                                                \
            ROUND(s + 4, s + 8, s + 12, s, 4, GET);                                                \
            ROUND(t + 4, t + 8, t + 12, t, 4, GET);                                                \
            ROUND(s + 8, s + 12, s, s + 4, 8, GET);                                                \
            ROUND(t + 8, t + 12, t, t + 4, 8, GET);                                                \
            ROUND(s + 12, s, s + 4, s + 8, 12, GET);                                               \
            ROUND(t + 12, t, t + 4, t + 8, 12, GET);                                               \
        }                                                                                          \
    }

typedef uint32_t common_key_round;
typedef slice lane_keys_round;

DEFINE_CIPHER(common, common_key, COMMON)
DEFINE_CIPHER(lanes, lane_keys, OF_LANE)

/* Byte j, as it lies in memory, in all four places. */
static uint32_t four_of(const uint32_t *of, unsigned j)
{
    return ((const uint8_t *)of)[j] * 0x01010101u;
}

static void common_key_init(common_key *key, const uint32_t round_keys[32])
{
    uint32_t k[36] = {0};
    for (unsigned i = 0; i < 32; i++) {
        k[3 + i] = big_endian32(round_keys[i]);
    }
    for (unsigned i = 0; i < 128; i += LANES) {
        uint8_t *bytes = (uint8_t *)(k + 3) + i;
        slice_store(bytes, slice_to_aes_key(slice_load(bytes)));
    }
    for (unsigned n = 3; n < 35; n++) {
        k[n] ^= k[n - 1] ^ k[n - 2];
    }
    for (unsigned i = 0; i < 32; i++) {
        uint32_t sum = k[i] ^ k[i + 4];
        sum = rotate_left(sum, 8) ^ rotate_left(sum, 16) ^ rotate_left(sum, 24);
        for (unsigned j = 0; j < 4; j++) {
            key->rounds[4 * i + j] = four_of(&sum, j);
        }
    }
    for (unsigned j = 0; j < 4; j++) {
        key->first[j] = four_of(&k[3], j);
    }
    for (unsigned j = 0; j < 12; j++) {
        key->last[j] = four_of(&k[34 - j / 4], j % 4);
    }
    wipe(k, sizeof k);
}

INLINE void slices_to_aes(slice s[16])
{
    for (unsigned j = 0; j < 16; j++) {
        s[j] = slice_to_aes(s[j]);
    }
}

INLINE void slices_from_aes(slice s[16])
{
    for (unsigned j = 0; j < 16; j++) {
        s[j] = slice_from_aes(s[j]);
    }
}

#endif
