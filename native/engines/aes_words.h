/* The words of words.h where the processor has AES-NI and SSSE3. */
#ifndef LINLI_AES_WORDS_H
#define LINLI_AES_WORDS_H

#include "aes_shift.h"
#include "affine.h"
#include "affine_nibbles.h"

#include <immintrin.h>

typedef __m128i word;

#define word_xor _mm_xor_si128
#define word_xor3(a, b, c) _mm_xor_si128(_mm_xor_si128(a, b), c)
#define word_all(x) _mm_set1_epi32((int)(x))
#define word_pair(low, high) _mm_set_epi64x((long long)(high), (long long)(low))
#define word_first(x) ((uint32_t)_mm_cvtsi128_si32(x))
#define word_lo32 _mm_unpacklo_epi32
#define word_hi32 _mm_unpackhi_epi32
#define word_lo64 _mm_unpacklo_epi64
#define word_hi64 _mm_unpackhi_epi64

static inline word word_load(const uint8_t bytes[16])
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

static inline void word_store(uint8_t bytes[16], word x)
{
    _mm_storeu_si128((__m128i *)(void *)bytes, x);
}

/* A map of affine_nibbles.h, given the low and the high nibble of each byte. */
static inline word word_map(const uint8_t nibbles[32], word low, word high)
{
    return _mm_xor_si128(_mm_shuffle_epi8(word_load(nibbles), low),
                         _mm_shuffle_epi8(word_load(nibbles + 16), high));
}

#define WORD_LOW(x) _mm_and_si128(x, _mm_set1_epi8(15))
#define WORD_HIGH(x) _mm_and_si128(_mm_srli_epi16(x, 4), _mm_set1_epi8(15))

static inline word word_to_aes(word x)
{
    return word_map(NIBBLES_TO_AES, WORD_LOW(x), WORD_HIGH(x));
}

static inline word word_from_aes(word x)
{
    return word_map(NIBBLES_FROM_AES, WORD_LOW(x), WORD_HIGH(x));
}

#define word_to_aes_key(x) _mm_xor_si128(word_to_aes(x), _mm_set1_epi8(TO_AES_CONSTANT))

/* AES's S-box, shifted: see aes_shift.h. */
#define word_aes_sbox(x) _mm_aesenclast_si128(x, _mm_setzero_si128())

static inline word word_unshift(word x, unsigned steps)
{
    return _mm_shuffle_epi8(x, word_load(UNSHIFT[steps]));
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
