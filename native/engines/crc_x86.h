/*
 * CRC-16 and CRC-32 by carry-less multiplication (PCLMULQDQ), for the engines of x86-64.
 *
 * Both are reflected: bit i of a register stands for a lower power of x than bit i - 1, and the
 * first byte of a message for the highest powers. Blocks of 16 bytes that lie in front of a block
 * are multiplied by x^(their distance to it), modulo the polynomial, and added to it ("folded");
 * the last 16 bytes are then divided. Gopal et al., "Fast CRC Computation for Generic Polynomials
 * Using PCLMULQDQ Instruction", Intel 2009, describes the folding; the division here is one by an
 * inverse power series, which is what Barrett's becomes when bits are reflected.
 */
#ifndef LINLI_CRC_X86_H
#define LINLI_CRC_X86_H

#include "portable.h"

#include <immintrin.h>

#define LINLI_CLMUL __attribute__((target("ssse3,pclmul")))

/*
 * For a polynomial P of degree w. A product of two reflected registers is the product of the
 * polynomials divided by x, so that factors carry one power of x less than they stand for.
 */
typedef struct {
    /* x^(128 d + 63) and x^(128 d - 1) modulo P: folds a block's first and second half over d. */
    uint64_t fold[4][2];
    uint64_t half;      /* x^(64 + w) modulo P, bit i standing for x^(w - i) */
    uint64_t inverse;   /* of P as a power series, its bits in the same order, modulo x^64 */
    uint64_t polynomial;
} linli_crc_constants;

static const linli_crc_constants LINLI_CRC16_CONSTANTS = {
    .fold = {{0xA95D000000000000u, 0x7EEA000000000000u},
             {0xAAC8000000000000u, 0x20F3000000000000u},
             {0x5159000000000000u, 0x8F66000000000000u},
             {0x9822000000000000u, 0x7F90000000000000u}},
    .half = 0x189AEu,
    .inverse = 0x859B040B1C581911u,
    .polynomial = 0x10811u,
};

static const linli_crc_constants LINLI_CRC32_CONSTANTS = {
    .fold = {{0x65673B4600000000u, 0x9BA54C6F00000000u},
             {0x9570D49500000000u, 0x01B5FD1D00000000u},
             {0x69CCFC0D00000000u, 0x2A28386200000000u},
             {0x653D982200000000u, 0xCAD38E8F00000000u}},
    .half = 0xCCAA009Eu,
    .inverse = 0xB4E5B025F7011641u,
    .polynomial = 0x1DB710641u,
};

/* What lies r bytes behind the first of them shuffles a block towards its end by 16 - r bytes. */
static const uint8_t LINLI_CRC_SHIFTS[48] = {
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
};

static inline __m128i linli_crc_load(const void *bytes)
{
    return _mm_loadu_si128((const __m128i *)bytes);
}

/* `block` moved over 1 to 4 blocks. */
LINLI_CLMUL static inline __m128i linli_crc_fold(const linli_crc_constants *constants,
                                                 __m128i block, size_t over)
{
    __m128i factors = linli_crc_load(constants->fold[over - 1]);
    return _mm_xor_si128(_mm_clmulepi64_si128(block, factors, 0x00),
                         _mm_clmulepi64_si128(block, factors, 0x11));
}

/* The state behind `data`, at least 16 bytes, begun with `state`. */
LINLI_CLMUL static inline uint64_t linli_crc_run(const linli_crc_constants *constants,
                                                 const uint8_t *data, size_t length,
                                                 uint32_t state)
{
    /* Zeros in front change nothing: they make the first length % 16 bytes a block. */
    size_t first = length % 16;
    size_t blocks = length / 16;
    __m128i begun = _mm_cvtsi32_si128((int)state);
    __m128i sum = _mm_shuffle_epi8(_mm_xor_si128(linli_crc_load(data), begun),
                                   linli_crc_load(LINLI_CRC_SHIFTS + first));
    __m128i rest = _mm_shuffle_epi8(begun, linli_crc_load(LINLI_CRC_SHIFTS + 16 + first));
    data += first;
    while (blocks > 0) {
        size_t step = blocks < 4 ? blocks : 4;
        sum = linli_crc_fold(constants, sum, step);
        for (size_t i = 1; i < step; i++) {
            __m128i block = _mm_xor_si128(linli_crc_load(data), rest);
            sum = _mm_xor_si128(sum, linli_crc_fold(constants, block, step - i));
            rest = _mm_setzero_si128();
            data += 16;
        }
        sum = _mm_xor_si128(sum, _mm_xor_si128(linli_crc_load(data), rest));
        rest = _mm_setzero_si128();
        data += 16;
        blocks -= step;
    }
    /* The first half moved over the second; then the remainder of what is left, times x^w. */
    __m128i half = _mm_cvtsi64_si128((long long)constants->half);
    __m128i divisor = _mm_set_epi64x((long long)constants->polynomial,
                                     (long long)constants->inverse);
    sum = _mm_xor_si128(_mm_srli_si128(sum, 8), _mm_clmulepi64_si128(sum, half, 0x00));
    __m128i quotient = _mm_clmulepi64_si128(sum, divisor, 0x00);
    sum = _mm_xor_si128(sum, _mm_clmulepi64_si128(quotient, divisor, 0x10));
    return (uint64_t)_mm_cvtsi128_si64(_mm_srli_si128(sum, 8));
}

LINLI_CLMUL static inline uint16_t linli_clmul_crc16(const uint8_t *data, size_t length,
                                                     uint16_t crc)
{
    if (length < 16) {
        return linli_portable_crc16(data, length, crc);
    }
    return (uint16_t)~linli_crc_run(&LINLI_CRC16_CONSTANTS, data, length, crc ^ 0xFFFFu);
}

LINLI_CLMUL static inline uint32_t linli_clmul_crc32(const uint8_t *data, size_t length,
                                                     uint32_t crc)
{
    if (length < 16) {
        return linli_portable_crc32(data, length, crc);
    }
    return (uint32_t)~linli_crc_run(&LINLI_CRC32_CONSTANTS, data, length, ~crc);
}

#endif
