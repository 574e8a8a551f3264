/* The words of words.h where an aarch64 processor has AESE. */
#ifndef LINLI_NEON_WORDS_H
#define LINLI_NEON_WORDS_H

#include "aes_shift.h"
#include "affine.h"
#include "affine_nibbles.h"

#include <arm_neon.h>

typedef uint8x16_t word;

#define word_load vld1q_u8
#define word_store vst1q_u8
#define word_xor veorq_u8
#define word_xor3(a, b, c) veorq_u8(veorq_u8(a, b), c)
#define word_all(x) vreinterpretq_u8_u32(vdupq_n_u32(x))
#define word_pair(low, high)                                                                       \
    vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)))
#define word_first(x) vgetq_lane_u32(vreinterpretq_u32_u8(x), 0)

#define DEFINE_JOIN(name, function, bits)                                                          \
    static inline word name(word x, word y)                                                        \
    {                                                                                              \
        return vreinterpretq_u8_u##bits(                                                           \
            function(vreinterpretq_u##bits##_u8(x), vreinterpretq_u##bits##_u8(y)));               \
    }

DEFINE_JOIN(word_lo32, vzip1q_u32, 32)
DEFINE_JOIN(word_hi32, vzip2q_u32, 32)
DEFINE_JOIN(word_lo64, vzip1q_u64, 64)
DEFINE_JOIN(word_hi64, vzip2q_u64, 64)

/* A map of affine_nibbles.h, given the low and the high nibble of each byte. */
static inline word word_map(const uint8_t nibbles[32], word low, word high)
{
    return veorq_u8(vqtbl1q_u8(word_load(nibbles), low), vqtbl1q_u8(word_load(nibbles + 16), high));
}

#define WORD_LOW(x) vandq_u8(x, vdupq_n_u8(15))
#define WORD_HIGH(x) vshrq_n_u8(x, 4)

static inline word word_to_aes(word x)
{
    return word_map(NIBBLES_TO_AES, WORD_LOW(x), WORD_HIGH(x));
}

static inline word word_from_aes(word x)
{
    return word_map(NIBBLES_FROM_AES, WORD_LOW(x), WORD_HIGH(x));
}

#define word_to_aes_key(x) veorq_u8(word_to_aes(x), vdupq_n_u8(TO_AES_CONSTANT))

/*
 * AES's S-box, shifted: see aes_shift.h. Not by arm_neon.h's intrinsic, which Clang before 16 has
 * only where every function may use it.
 */
static inline word word_aes_sbox(word x)
{
    __asm__("aese %0.16b, %1.16b" : "+w"(x) : "w"(vdupq_n_u8(0)));
    return x;
}

static inline word word_unshift(word x, unsigned steps)
{
    return vqtbl1q_u8(x, word_load(UNSHIFT[steps]));
}

static inline word word_sbox(word x)
{
    word s = word_aes_sbox(word_to_aes_key(x));
    return word_unshift(word_map(NIBBLES_TO_SM4, WORD_LOW(s), WORD_HIGH(s)), 0);
}

/* L_j = U(B_j) ^ V(B_j+1) ^ V(B_j+2) ^ W(B_j+3), by bytes from the most significant. */
static inline void word_diffuse(word x, word *p, word *q)
{
    word s = word_aes_sbox(x);
    word low = WORD_LOW(s), high = WORD_HIGH(s);
    word u = word_map(NIBBLES_TO_U, low, high);
    word v = word_map(NIBBLES_TO_V, low, high);
    word w = word_map(NIBBLES_TO_W, low, high);
    *p = word_xor(word_unshift(v, 1), word_unshift(v, 2));
    *q = word_xor(word_unshift(u, 0), word_unshift(w, 3));
}

#endif
