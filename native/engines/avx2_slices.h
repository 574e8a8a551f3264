/* The slices of slices.h and transpose.h on AVX2; the S-box is the engine's. */
#ifndef LINLI_AVX2_SLICES_H
#define LINLI_AVX2_SLICES_H

#include <immintrin.h>

typedef __m256i slice;
#define LANES 32u

#define slice_xor _mm256_xor_si256
#define slice_xor3(a, b, c) _mm256_xor_si256(_mm256_xor_si256(a, b), c)
#define slice_all(byte) _mm256_set1_epi8((char)(byte))
#define slice_words(word) _mm256_set1_epi32((int)(word))
#define slice_lo8 _mm256_unpacklo_epi8
#define slice_hi8 _mm256_unpackhi_epi8

static inline slice slice_load(const uint8_t bytes[LANES])
{
    return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

static inline void slice_store(uint8_t bytes[LANES], slice x)
{
    _mm256_storeu_si256((__m256i *)(void *)bytes, x);
}

static inline slice slice_gather(const uint8_t *const blocks[2], size_t at)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(word_load(blocks[0] + at)),
                                   word_load(blocks[1] + at), 1);
}

static inline void slice_scatter(uint8_t *const blocks[2], size_t at, slice row)
{
    word_store(blocks[0] + at, _mm256_castsi256_si128(row));
    word_store(blocks[1] + at, _mm256_extracti128_si256(row, 1));
}

#endif
