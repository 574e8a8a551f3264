/*
 * GHASH (NIST SP 800-38D) by carry-less multiplication, sixteen blocks to a reduction: PCLMULQDQ,
 * VPCLMULQDQ with AVX2 and VPCLMULQDQ with AVX-512.
 *
 * Numbers are those of core/ghash.c: a block with its bytes reversed, and powers of the hash key
 * divided by x. The powers lie from the sixteenth down to the first, so that those of the last n
 * blocks are the last n.
 */
#ifndef LINLI_GHASH_X86_H
#define LINLI_GHASH_X86_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define LINLI_CLMUL_TARGET __attribute__((target("ssse3,pclmul"))) static inline
#define LINLI_VPCLMUL_AVX2_TARGET                                                                  \
    __attribute__((target("avx2,pclmul,vpclmulqdq"))) static inline
#define LINLI_VPCLMUL_TARGET                                                                       \
    __attribute__((target("avx512f,avx512bw,avx512vl,pclmul,vpclmulqdq"))) static inline

/* A product of 256 bits before its middle is added, or a sum of some. */
typedef struct {
    __m128i low, middle, high;
} linli_ghash_product;

LINLI_CLMUL_TARGET __m128i linli_ghash_load(const void *bytes)
{
    return _mm_loadu_si128((const __m128i *)bytes);
}

LINLI_CLMUL_TARGET __m128i linli_ghash_reverse(__m128i block)
{
    const __m128i order = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm_shuffle_epi8(block, order);
}

/*
 * Modulo x^128 + x^7 + x^2 + x + 1. The lower half has the powers from x^128 on; what the lowest 64
 * bits are worth 64 and 128 bits higher is added, then the same of the next 64.
 */
LINLI_CLMUL_TARGET __m128i linli_ghash_reduce(__m128i low, __m128i high)
{
    const __m128i worth = _mm_set_epi64x(0, (long long)0xC200000000000000u);
    low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4E), _mm_clmulepi64_si128(low, worth, 0x00));
    high = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4E), high);
    return _mm_xor_si128(high, _mm_clmulepi64_si128(low, worth, 0x00));
}

LINLI_CLMUL_TARGET __m128i linli_ghash_reduce_product(__m128i low, __m128i middle, __m128i high)
{
    return linli_ghash_reduce(_mm_xor_si128(low, _mm_slli_si128(middle, 8)),
                              _mm_xor_si128(high, _mm_srli_si128(middle, 8)));
}

LINLI_CLMUL_TARGET __m128i linli_ghash_multiply(__m128i a, __m128i b)
{
    __m128i middle = _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01),
                                   _mm_clmulepi64_si128(a, b, 0x10));
    return linli_ghash_reduce_product(_mm_clmulepi64_si128(a, b, 0x00), middle,
                                      _mm_clmulepi64_si128(a, b, 0x11));
}

/* The hash key, divided by x. */
LINLI_CLMUL_TARGET __m128i linli_ghash_key(const uint8_t h[16])
{
    __m128i key = linli_ghash_reverse(linli_ghash_load(h));
    __m128i tops = _mm_srli_epi64(key, 63);
    /* All bits where the top bit, the one that is not divisible, is set. */
    __m128i whole = _mm_shuffle_epi32(_mm_srai_epi32(key, 31), 0xFF);
    __m128i divided = _mm_or_si128(_mm_slli_epi64(key, 1), _mm_slli_si128(tops, 8));
    __m128i inverse = _mm_set_epi64x((long long)0xC200000000000000u, 1); /* 1 divided by x */
    return _mm_xor_si128(divided, _mm_and_si128(whole, inverse));
}

LINLI_CLMUL_TARGET void linli_clmul_ghash_init(uint64_t powers[32], const uint8_t h[16])
{
    __m128i odd = linli_ghash_key(h);
    __m128i square = linli_ghash_multiply(odd, odd);
    __m128i even = square;
    for (unsigned i = 32; i > 0; i -= 4) {
        _mm_storeu_si128((__m128i *)(powers + i - 2), odd);
        _mm_storeu_si128((__m128i *)(powers + i - 4), even);
        odd = linli_ghash_multiply(odd, square);
        even = linli_ghash_multiply(even, square);
    }
}

/* Adds `block` times `power`, by Karatsuba: the middle lacks low and high. */
LINLI_CLMUL_TARGET void linli_ghash_add(linli_ghash_product *sum, __m128i block, __m128i power)
{
    __m128i halves = _mm_xor_si128(block, _mm_shuffle_epi32(block, 0x4E));
    __m128i power_halves = _mm_xor_si128(power, _mm_shuffle_epi32(power, 0x4E));
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(block, power, 0x00));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(block, power, 0x11));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(halves, power_halves, 0x00));
}

/* `count` blocks, 1 to 16. The first, which waits for `state`, comes last. */
LINLI_CLMUL_TARGET __m128i linli_ghash_step(const uint64_t powers[32], __m128i state,
                                            const uint8_t *data, size_t count)
{
    linli_ghash_product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    powers += 2 * (16 - count);
    for (size_t i = count; i-- > 1;) {
        __m128i block = linli_ghash_reverse(linli_ghash_load(data + 16 * i));
        linli_ghash_add(&sum, block, linli_ghash_load(powers + 2 * i));
    }
    state = _mm_xor_si128(state, linli_ghash_reverse(linli_ghash_load(data)));
    linli_ghash_add(&sum, state, linli_ghash_load(powers));
    sum.middle = _mm_xor_si128(sum.middle, _mm_xor_si128(sum.low, sum.high));
    return linli_ghash_reduce_product(sum.low, sum.middle, sum.high);
}

LINLI_CLMUL_TARGET void linli_clmul_ghash(const uint64_t powers[32], uint8_t state[16],
                                          const uint8_t *data, size_t blocks)
{
    __m128i sum = linli_ghash_reverse(linli_ghash_load(state));
    for (; blocks >= 16; blocks -= 16) {
        sum = linli_ghash_step(powers, sum, data, 16);
        data += 256;
    }
    if (blocks > 0) {
        sum = linli_ghash_step(powers, sum, data, blocks);
    }
    _mm_storeu_si128((__m128i *)state, linli_ghash_reverse(sum));
}

/* Two blocks a register. */

LINLI_VPCLMUL_AVX2_TARGET __m256i linli_ghash_load_2(const void *bytes)
{
    return _mm256_loadu_si256((const __m256i *)bytes);
}

LINLI_VPCLMUL_AVX2_TARGET __m128i linli_ghash_fold_2(__m256i lanes)
{
    return _mm_xor_si128(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
}

/* Sixteen blocks, by Karatsuba; the first two, of which one waits for `state`, come last. */
LINLI_VPCLMUL_AVX2_TARGET __m128i linli_ghash_step_2(const uint64_t powers[32], __m128i state,
                                                     const uint8_t *data)
{
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    __m256i low = _mm256_setzero_si256(), middle = low, high = low;
    for (unsigned i = 8; i-- > 0;) {
        __m256i blocks = _mm256_shuffle_epi8(linli_ghash_load_2(data + 32 * i), order);
        if (i == 0) {
            blocks = _mm256_xor_si256(blocks, _mm256_zextsi128_si256(state));
        }
        __m256i two = linli_ghash_load_2(powers + 4 * i);
        __m256i halves = _mm256_xor_si256(blocks, _mm256_shuffle_epi32(blocks, 0x4E));
        __m256i two_halves = _mm256_xor_si256(two, _mm256_shuffle_epi32(two, 0x4E));
        low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(blocks, two, 0x00));
        high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(blocks, two, 0x11));
        middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(halves, two_halves, 0x00));
    }
    middle = _mm256_xor_si256(middle, _mm256_xor_si256(low, high));
    low = _mm256_xor_si256(low, _mm256_bslli_epi128(middle, 8));
    high = _mm256_xor_si256(high, _mm256_bsrli_epi128(middle, 8));
    return linli_ghash_reduce(linli_ghash_fold_2(low), linli_ghash_fold_2(high));
}

LINLI_VPCLMUL_AVX2_TARGET void linli_vpclmul_avx2_ghash(const uint64_t powers[32],
                                                        uint8_t state[16], const uint8_t *data,
                                                        size_t blocks)
{
    __m128i sum = linli_ghash_reverse(linli_ghash_load(state));
    for (; blocks >= 16; blocks -= 16) {
        sum = linli_ghash_step_2(powers, sum, data);
        data += 256;
    }
    if (blocks > 0) {
        sum = linli_ghash_step(powers, sum, data, blocks);
    }
    _mm_storeu_si128((__m128i *)state, linli_ghash_reverse(sum));
}

/* Four blocks a register. */

LINLI_VPCLMUL_TARGET __m512i linli_ghash_reverse_4(__m512i blocks)
{
    const __m128i order = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_shuffle_epi8(blocks, _mm512_broadcast_i32x4(order));
}

LINLI_VPCLMUL_TARGET __m512i linli_ghash_xor3(__m512i a, __m512i b, __m512i c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

typedef struct {
    __m512i low, middle, high;
} linli_ghash_products;

LINLI_VPCLMUL_TARGET void linli_ghash_add_4(linli_ghash_products *sum, __m512i blocks,
                                            __m512i powers)
{
    sum->low = _mm512_xor_si512(sum->low, _mm512_clmulepi64_epi128(blocks, powers, 0x00));
    sum->high = _mm512_xor_si512(sum->high, _mm512_clmulepi64_epi128(blocks, powers, 0x11));
    sum->middle = linli_ghash_xor3(sum->middle, _mm512_clmulepi64_epi128(blocks, powers, 0x01),
                                   _mm512_clmulepi64_epi128(blocks, powers, 0x10));
}

LINLI_VPCLMUL_TARGET __m128i linli_ghash_fold(__m512i lanes)
{
    __m256i two = _mm256_xor_si256(_mm512_castsi512_si256(lanes),
                                   _mm512_extracti64x4_epi64(lanes, 1));
    return _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
}

/* The four lanes' sum, reduced. The middle is added first: fewer folds. */
LINLI_VPCLMUL_TARGET __m128i linli_ghash_reduce_4(const linli_ghash_products *sum)
{
    __m512i low = _mm512_xor_si512(sum->low, _mm512_bslli_epi128(sum->middle, 8));
    __m512i high = _mm512_xor_si512(sum->high, _mm512_bsrli_epi128(sum->middle, 8));
    return linli_ghash_reduce(linli_ghash_fold(low), linli_ghash_fold(high));
}

/* Each lane times `power`, reduced. */
LINLI_VPCLMUL_TARGET __m512i linli_ghash_multiply_4(__m512i lanes, __m128i power)
{
    const __m512i worth = _mm512_set1_epi64((long long)0xC200000000000000u);
    linli_ghash_products product = {_mm512_setzero_si512(), _mm512_setzero_si512(),
                                    _mm512_setzero_si512()};
    linli_ghash_add_4(&product, lanes, _mm512_broadcast_i32x4(power));
    __m512i low = _mm512_xor_si512(product.low, _mm512_bslli_epi128(product.middle, 8));
    __m512i high = _mm512_xor_si512(product.high, _mm512_bsrli_epi128(product.middle, 8));
    low = _mm512_xor_si512(_mm512_shuffle_epi32(low, 0x4E),
                           _mm512_clmulepi64_epi128(low, worth, 0x00));
    return linli_ghash_xor3(high, _mm512_shuffle_epi32(low, 0x4E),
                            _mm512_clmulepi64_epi128(low, worth, 0x00));
}

LINLI_VPCLMUL_TARGET void linli_vpclmul_ghash_init(uint64_t powers[32], const uint8_t h[16])
{
    __m128i key = linli_ghash_key(h);
    __m128i square = linli_ghash_multiply(key, key);
    __m128i cube = linli_ghash_multiply(square, key);
    __m128i fourth = linli_ghash_multiply(square, square);
    __m512i four = _mm512_castsi128_si512(fourth);
    four = _mm512_inserti32x4(four, cube, 1);
    four = _mm512_inserti32x4(four, square, 2);
    four = _mm512_inserti32x4(four, key, 3);
    for (unsigned i = 4; i-- > 0;) {
        _mm512_storeu_si512(powers + 8 * i, four);
        four = linli_ghash_multiply_4(four, fourth);
    }
}

/* Sixteen blocks; the first four, of which one waits for `state`, come last. */
LINLI_VPCLMUL_TARGET __m128i linli_ghash_step_4(const __m512i powers[4], __m128i state,
                                                 const uint8_t *data)
{
    linli_ghash_products sum = {_mm512_setzero_si512(), _mm512_setzero_si512(),
                                _mm512_setzero_si512()};
    for (unsigned i = 4; i-- > 0;) {
        __m512i blocks = linli_ghash_reverse_4(_mm512_loadu_si512(data + 64 * i));
        if (i == 0) {
            blocks = _mm512_xor_si512(blocks, _mm512_zextsi128_si512(state));
        }
        linli_ghash_add_4(&sum, blocks, powers[i]);
    }
    return linli_ghash_reduce_4(&sum);
}

/* The last 1 to 15 blocks. */
LINLI_VPCLMUL_TARGET __m128i linli_ghash_last(const uint64_t powers[32], __m128i state,
                                              const uint8_t *data, size_t count)
{
    linli_ghash_products sum = {_mm512_setzero_si512(), _mm512_setzero_si512(),
                                _mm512_setzero_si512()};
    __m512i first = _mm512_zextsi128_si512(state);
    powers += 2 * (16 - count);
    while (count > 0) {
        size_t taken = count < 4 ? count : 4;
        __mmask8 words = (__mmask8)(0xFFu >> (8 - 2 * taken));
        __m512i blocks = linli_ghash_reverse_4(_mm512_maskz_loadu_epi64(words, data));
        linli_ghash_add_4(&sum, _mm512_xor_si512(blocks, first),
                          _mm512_maskz_loadu_epi64(words, powers));
        first = _mm512_setzero_si512();
        data += 16 * taken;
        powers += 2 * taken;
        count -= taken;
    }
    return linli_ghash_reduce_4(&sum);
}

LINLI_VPCLMUL_TARGET void linli_vpclmul_ghash(const uint64_t powers[32], uint8_t state[16],
                                              const uint8_t *data, size_t blocks)
{
    __m128i sum = linli_ghash_reverse(linli_ghash_load(state));
    if (blocks >= 16) {
        __m512i all[4];
        for (unsigned i = 0; i < 4; i++) {
            all[i] = _mm512_loadu_si512(powers + 8 * i);
        }
        for (; blocks >= 16; blocks -= 16) {
            sum = linli_ghash_step_4(all, sum, data);
            data += 256;
        }
    }
    if (blocks > 0) {
        sum = linli_ghash_last(powers, sum, data, blocks);
    }
    _mm_storeu_si128((__m128i *)state, linli_ghash_reverse(sum));
}

#endif
