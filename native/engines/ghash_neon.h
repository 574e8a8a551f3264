/*
 * GHASH (NIST SP 800-38D) by carry-less multiplication on aarch64: PMULL, eight blocks to a
 * reduction. Numbers, powers and their order are those of ghash_x86.h.
 */
#ifndef LINLI_GHASH_NEON_H
#define LINLI_GHASH_NEON_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define LINLI_PMULL_TARGET __attribute__((target("aes"))) static inline
#else
#define LINLI_PMULL_TARGET __attribute__((target("+crypto"))) static inline
#endif

/* A product of 256 bits in Karatsuba's three parts, or a sum of some. */
typedef struct {
    uint64x2_t low, middle, high;
} linli_ghash_product;

/* A block as a number: its bytes reversed. */
LINLI_PMULL_TARGET uint64x2_t linli_ghash_load(const uint8_t *bytes)
{
    uint8x16_t halves = vrev64q_u8(vld1q_u8(bytes));
    return vreinterpretq_u64_u8(vextq_u8(halves, halves, 8));
}

LINLI_PMULL_TARGET void linli_ghash_store(uint8_t *bytes, uint64x2_t number)
{
    uint8x16_t halves = vrev64q_u8(vreinterpretq_u8_u64(number));
    vst1q_u8(bytes, vextq_u8(halves, halves, 8));
}

/*
 * The product of the lower or the higher halves. Not by arm_neon.h's intrinsics: Clang carries
 * their operands through general registers.
 */
LINLI_PMULL_TARGET uint64x2_t linli_ghash_clmul_low(uint64x2_t a, uint64x2_t b)
{
    uint64x2_t product;
    __asm__("pmull %0.1q, %1.1d, %2.1d" : "=w"(product) : "w"(a), "w"(b));
    return product;
}

LINLI_PMULL_TARGET uint64x2_t linli_ghash_clmul_high(uint64x2_t a, uint64x2_t b)
{
    uint64x2_t product;
    __asm__("pmull2 %0.1q, %1.2d, %2.2d" : "=w"(product) : "w"(a), "w"(b));
    return product;
}

LINLI_PMULL_TARGET uint64x2_t linli_ghash_swap(uint64x2_t number)
{
    return vextq_u64(number, number, 1);
}

/* Completes the middle; then modulo x^128 + x^7 + x^2 + x + 1, as in ghash_x86.h. */
LINLI_PMULL_TARGET uint64x2_t linli_ghash_reduce(linli_ghash_product sum)
{
    const uint64x2_t worth = vdupq_n_u64(0xC200000000000000u);
    const uint64x2_t zero = vdupq_n_u64(0);
    uint64x2_t middle = veorq_u64(sum.middle, veorq_u64(sum.low, sum.high));
    uint64x2_t low = veorq_u64(sum.low, vextq_u64(zero, middle, 1));
    uint64x2_t high = veorq_u64(sum.high, vextq_u64(middle, zero, 1));
    low = veorq_u64(linli_ghash_swap(low), linli_ghash_clmul_low(low, worth));
    high = veorq_u64(high, linli_ghash_swap(low));
    return veorq_u64(high, linli_ghash_clmul_low(low, worth));
}

/* Adds `block` times power i, by Karatsuba: the middle lacks low and high. */
LINLI_PMULL_TARGET void linli_ghash_add(linli_ghash_product *sum, const uint64_t powers[32],
                                        size_t i, uint64x2_t block)
{
    uint64x2_t power = vld1q_u64(powers + 2 * i);
    uint64x2_t power_halves = vld1q_dup_u64(powers + 16 + i);
    uint64x2_t halves = veorq_u64(block, linli_ghash_swap(block));
    sum->low = veorq_u64(sum->low, linli_ghash_clmul_low(block, power));
    sum->high = veorq_u64(sum->high, linli_ghash_clmul_high(block, power));
    sum->middle = veorq_u64(sum->middle, linli_ghash_clmul_low(halves, power_halves));
}

/* The hash key, divided by x. */
LINLI_PMULL_TARGET uint64x2_t linli_ghash_key(const uint8_t h[16])
{
    uint64x2_t key = linli_ghash_load(h);
    uint64x2_t tops = vshrq_n_u64(key, 63);
    uint64x2_t divided = vorrq_u64(vshlq_n_u64(key, 1), vextq_u64(vdupq_n_u64(0), tops, 1));
    /* The top bit is not divisible: 1 divided by x is x^127 + x^6 + x + 1. */
    uint64_t whole = 0 - vgetq_lane_u64(tops, 1);
    uint64x2_t inverse = vcombine_u64(vcreate_u64(1), vcreate_u64(0xC200000000000000u));
    return veorq_u64(divided, vandq_u64(inverse, vdupq_n_u64(whole)));
}

/* powers[0..15]: the eighth power down to the first; powers[16..23]: the sums of their halves. */
LINLI_PMULL_TARGET void linli_pmull_ghash_init(uint64_t powers[32], const uint8_t h[16])
{
    const uint64x2_t zero = vdupq_n_u64(0);
    uint64x2_t power = linli_ghash_key(h);
    for (unsigned i = 8; i-- > 0;) {
        linli_ghash_product product = {zero, zero, zero};
        vst1q_u64(powers + 2 * i, power);
        powers[16 + i] = powers[2 * i] ^ powers[2 * i + 1];
        linli_ghash_add(&product, powers, 7, power);
        power = linli_ghash_reduce(product);
    }
}

/* `count` blocks, 1 to 8. The first, which waits for `state`, comes last. */
LINLI_PMULL_TARGET uint64x2_t linli_ghash_step(const uint64_t powers[32], uint64x2_t state,
                                               const uint8_t *data, size_t count)
{
    const uint64x2_t zero = vdupq_n_u64(0);
    linli_ghash_product sum = {zero, zero, zero};
    for (size_t i = count; i-- > 1;) {
        linli_ghash_add(&sum, powers, 8 - count + i, linli_ghash_load(data + 16 * i));
    }
    state = veorq_u64(state, linli_ghash_load(data));
    linli_ghash_add(&sum, powers, 8 - count, state);
    return linli_ghash_reduce(sum);
}

LINLI_PMULL_TARGET void linli_pmull_ghash(const uint64_t powers[32], uint8_t state[16],
                                          const uint8_t *data, size_t blocks)
{
    uint64x2_t sum = linli_ghash_load(state);
    for (; blocks >= 8; blocks -= 8) {
        sum = linli_ghash_step(powers, sum, data, 8);
        data += 128;
    }
    if (blocks > 0) {
        sum = linli_ghash_step(powers, sum, data, blocks);
    }
    linli_ghash_store(state, sum);
}

#endif
