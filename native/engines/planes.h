/*
 * The slices of slices.h and the words of words.h as planes of bits, in portable C. A slice has a
 * bit of each of 64 blocks in a plane. A word needs 16 of a plane's bits: byte j of block b has bit
 * 8 * j + b, so that turning words by bytes is turning 32 bits; the bits above are never read.
 */
#ifndef LINLI_PLANES_H
#define LINLI_PLANES_H

#include "bytes.h"
#include "inline.h"
#include "tower.h"

#include <string.h>

typedef planes slice;
typedef planes word;
#define LANES 64u

static inline planes planes_xor(planes x, planes y)
{
    for (unsigned i = 0; i < 8; i++) {
        x.of[i] ^= y.of[i];
    }
    return x;
}

static inline planes planes_xor3(planes x, planes y, planes z)
{
    for (unsigned i = 0; i < 8; i++) {
        x.of[i] ^= y.of[i] ^ z.of[i];
    }
    return x;
}

static inline planes planes_to_tower_key(planes x)
{
    return planes_add_constant(planes_to_tower(x), TO_TOWER_CONSTANT);
}

INLINE void planes_substitute(planes x, planes *w, planes *u)
{
    planes_diffuse(planes_invert(x), w, u);
}

/* Eight bytes as a number and back, the first the lowest. */
static inline uint64_t load_le64(const uint8_t *bytes)
{
    return bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

static inline void store_le64(uint8_t *bytes, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(number >> 8 * i);
    }
}

/*
 * Transposes 2^n rows of as many bits, or all squares of that size that lie in longer rows, by
 * swapping the off-diagonal quarters of squares, from `half` = 2^(n-1) rows down to one.
 * `mask` has the lower `half` bits of each row of a square.
 */
static inline void rows_transpose(uint64_t rows[], unsigned half, uint64_t mask)
{
    unsigned count = 2 * half;
    for (; half > 0; half /= 2, mask ^= mask << half) {
        for (unsigned i = 0; i < count; i = ((i | half) + 1) & ~half) {
            uint64_t change = ((rows[i] >> half) ^ rows[i | half]) & mask;
            rows[i] ^= change << half;
            rows[i | half] ^= change;
        }
    }
}

#define TRANSPOSE_8(rows) rows_transpose(rows, 4, 0x0F0F0F0F0F0F0F0Fu)
#define TRANSPOSE_64(rows) rows_transpose(rows, 32, 0x00000000FFFFFFFFu)

/* Slices ------------------------------------------------------------------------------------- */

#define slice_xor planes_xor
#define slice_xor3 planes_xor3
#define slice_substitute planes_substitute
#define slice_to_aes planes_to_tower
#define slice_to_aes_key planes_to_tower_key
#define slice_from_aes planes_from_tower

static inline slice slice_all(unsigned byte)
{
    slice zero = {{0}};
    return planes_add_constant(zero, byte);
}

#define slice_words(word) slice_all((unsigned)(word))

/* Byte i * 8 + j goes to lane j * 8 + i. */
static inline slice slice_load(const uint8_t bytes[LANES])
{
    slice x;
    for (unsigned i = 0; i < 8; i++) {
        x.of[i] = load_le64(bytes + 8 * i);
    }
    TRANSPOSE_8(x.of);
    return x;
}

static inline void slice_store(uint8_t bytes[LANES], slice x)
{
    TRANSPOSE_8(x.of);
    for (unsigned i = 0; i < 8; i++) {
        store_le64(bytes + 8 * i, x.of[i]);
    }
}

static inline unsigned lane_block(unsigned lane)
{
    return lane % 8 * 8 + lane / 8;
}

/* Half of each block is a row: transposed, these are the planes of half the slices. */
static void slices_gather(slice s[16], const uint8_t *const in[LANES], size_t at)
{
    for (unsigned half = 0; half < 2; half++) {
        uint64_t rows[LANES];
        for (unsigned i = 0; i < LANES; i++) {
            rows[i] = load_le64(in[i] + at + 8 * half);
        }
        TRANSPOSE_64(rows);
        memcpy(s + 8 * half, rows, sizeof rows);
    }
}

static void slices_scatter_xor(uint8_t *const out[LANES], const uint8_t *const in[LANES],
                               size_t at, const slice s[16])
{
    for (unsigned half = 0; half < 2; half++) {
        uint64_t rows[LANES];
        memcpy(rows, s + 8 * half, sizeof rows);
        TRANSPOSE_64(rows);
        for (unsigned i = 0; i < LANES; i++) {
            store_le64(out[i] + at + 8 * half, rows[i] ^ load_le64(in[i] + at + 8 * half));
        }
    }
}

static void slices_load(slice s[16], const uint8_t in[16 * LANES])
{
    const uint8_t *blocks[LANES];
    for (unsigned i = 0; i < LANES; i++) {
        blocks[i] = in + 16 * i;
    }
    slices_gather(s, blocks, 0);
}

static void slices_store_xor(uint8_t out[16 * LANES], const uint8_t in[16 * LANES],
                             const slice s[16])
{
    const uint8_t *from[LANES];
    uint8_t *to[LANES];
    for (unsigned i = 0; i < LANES; i++) {
        from[i] = in + 16 * i;
        to[i] = out + 16 * i;
    }
    slices_scatter_xor(to, from, 0, s);
}

static void slices_store(uint8_t out[16 * LANES], const slice s[16])
{
    memset(out, 0, 16 * LANES);
    slices_store_xor(out, out, s);
}

/* Words -------------------------------------------------------------------------------------- */

#define word_xor planes_xor
#define word_xor3 planes_xor3
#define word_to_aes planes_to_tower
#define word_to_aes_key planes_to_tower_key
#define word_from_aes planes_from_tower

static inline uint32_t load_le32(const uint8_t bytes[4])
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline word word_load(const uint8_t bytes[16])
{
    word x = {{load_le32(bytes), load_le32(bytes + 4), load_le32(bytes + 8),
               load_le32(bytes + 12), 0, 0, 0, 0}};
    TRANSPOSE_8(x.of);
    return x;
}

static inline void word_store(uint8_t bytes[16], word x)
{
    TRANSPOSE_8(x.of);
    for (unsigned i = 0; i < 16; i++) {
        bytes[i] = (uint8_t)(x.of[i / 4] >> 8 * (i % 4));
    }
}

/* The number's bytes as they lie in memory. */
static inline word word_all(uint32_t number)
{
    word x;
    uint8_t bytes[4];
    memcpy(bytes, &number, 4);
    number = load_le32(bytes);
    for (unsigned i = 0; i < 8; i++) {
        x.of[i] = (number >> i & 0x01010101u) * 0xFFu;
    }
    return x;
}

static inline uint32_t word_first(word x)
{
    uint8_t bytes[4];
    uint32_t number = 0;
    for (unsigned i = 0; i < 8; i++) {
        number |= (uint32_t)x.of[i] << i & 0x01010101u << i;
    }
    for (unsigned j = 0; j < 4; j++) {
        bytes[j] = (uint8_t)(number >> 8 * j);
    }
    memcpy(&number, bytes, 4);
    return number;
}

static inline word word_pair(uint64_t low, uint64_t high)
{
    uint8_t bytes[16];
    memcpy(bytes, &low, 8);
    memcpy(bytes + 8, &high, 8);
    return word_load(bytes);
}

/* The bits of two lanes out of four, beside those of two others or between them. */
static inline plane plane_beside(plane low, plane high)
{
    return (low & 0x03030303u) | (high & 0x03030303u) << 2;
}

static inline plane plane_between(plane low, plane high)
{
    return (low & 0x01010101u) | (high & 0x01010101u) << 1 | (low & 0x02020202u) << 1 |
           (high & 0x02020202u) << 2;
}

#define DEFINE_JOIN(name, function, shift)                                                         \
    static inline word name(word x, word y)                                                        \
    {                                                                                              \
        for (unsigned i = 0; i < 8; i++) {                                                         \
            x.of[i] = function(x.of[i] >> (shift), y.of[i] >> (shift));                            \
        }                                                                                          \
        return x;                                                                                  \
    }

DEFINE_JOIN(word_lo32, plane_between, 0)
DEFINE_JOIN(word_hi32, plane_between, 2)
DEFINE_JOIN(word_lo64, plane_beside, 0)
DEFINE_JOIN(word_hi64, plane_beside, 2)

static inline word word_sbox(word x)
{
    return planes_tower_to_sm4(planes_invert(planes_to_tower_key(x)));
}

/* As slices.h has it: D_j = W(B_j) ^ U(B_j-1), and L_j is the sum of the other three D. */
static inline void word_diffuse(word x, word *p, word *q)
{
    word w, u;
    planes_substitute(x, &w, &u);
    for (unsigned i = 0; i < 8; i++) {
        uint32_t d = (uint32_t)w.of[i] ^ rotate_left((uint32_t)u.of[i], 8);
        p->of[i] = rotate_left(d, 8) ^ rotate_left(d, 16);
        q->of[i] = rotate_left(d, 24);
    }
}

#endif
