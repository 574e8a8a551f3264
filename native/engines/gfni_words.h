/* The words of words.h where the processor has GFNI; word_xor3 is left to the engine. */
#ifndef LINLI_GFNI_WORDS_H
#define LINLI_GFNI_WORDS_H

#include "affine.h"

#include <immintrin.h>

typedef __m128i word;

#define word_xor _mm_xor_si128
#define word_all(x) _mm_set1_epi32((int)(x))
#define word_pair(low, high) _mm_set_epi64x((long long)(high), (long long)(low))
#define word_first(x) ((uint32_t)_mm_cvtsi128_si32(x))
#define word_lo32 _mm_unpacklo_epi32
#define word_hi32 _mm_unpackhi_epi32
#define word_lo64 _mm_unpacklo_epi64
#define word_hi64 _mm_unpackhi_epi64

#define WORD_AFFINE(x, matrix, constant)                                                           \
    _mm_gf2p8affine_epi64_epi8(x, _mm_set1_epi64x((long long)(matrix)), constant)
#define WORD_INVERSE(x, matrix, constant)                                                          \
    _mm_gf2p8affineinv_epi64_epi8(x, _mm_set1_epi64x((long long)(matrix)), constant)

#define word_to_aes(x) WORD_AFFINE(x, TO_AES, 0)
#define word_to_aes_key(x) WORD_AFFINE(x, TO_AES, TO_AES_CONSTANT)
#define word_from_aes(x) WORD_AFFINE(x, FROM_AES, 0)
#define word_sbox(x) WORD_INVERSE(word_to_aes_key(x), TO_SM4, TO_SM4_CONSTANT)

static inline word word_load(const uint8_t bytes[16])
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

static inline void word_store(uint8_t bytes[16], word x)
{
    _mm_storeu_si128((__m128i *)(void *)bytes, x);
}

/* Each byte replaced by the one `steps` behind it in its word, around. */
#define WORD_BYTES(steps)                                                                          \
    _mm_set_epi8(12 + (3 + steps) % 4, 12 + (2 + steps) % 4, 12 + (1 + steps) % 4, 12 + steps % 4, \
                 8 + (3 + steps) % 4, 8 + (2 + steps) % 4, 8 + (1 + steps) % 4, 8 + steps % 4,     \
                 4 + (3 + steps) % 4, 4 + (2 + steps) % 4, 4 + (1 + steps) % 4, 4 + steps % 4,     \
                 (3 + steps) % 4, (2 + steps) % 4, (1 + steps) % 4, steps % 4)

/*
 * L_j = U(B_j) ^ V(B_j+1) ^ V(B_j+2) ^ W(B_j+3), by bytes from the most significant. U goes through
 * a shuffle though it stays in place, in a way the compiler does not see: an XOR that takes one
 * operand from GF2P8AFFINEINVQB and another from a shuffle waits two cycles more than one with
 * both from shuffles (measured on Sapphire Rapids: 12 cycles a round, and 10 this way).
 */
#define word_diffuse(x, p, q)                                                                      \
    do {                                                                                           \
        word in_place = WORD_BYTES(0);                                                             \
        __asm__("" : "+x"(in_place));                                                              \
        word v = WORD_INVERSE(x, TO_V, TO_V_CONSTANT);                                             \
        word u = WORD_INVERSE(x, TO_U, TO_U_CONSTANT);                                             \
        word w = WORD_INVERSE(x, TO_W, TO_W_CONSTANT);                                             \
        *(p) = word_xor3(_mm_shuffle_epi8(v, WORD_BYTES(1)), _mm_shuffle_epi8(v, WORD_BYTES(2)),   \
                         _mm_shuffle_epi8(u, in_place));                                           \
        *(q) = _mm_shuffle_epi8(w, WORD_BYTES(3));                                                 \
    } while (0)

#endif
