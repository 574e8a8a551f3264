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

/* A product of 256 bits before its middle is added, or a sum of some. */
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

LINLI_PMULL_TARGET uint64x2_t linli_ghash_clmul(uint64_t a, uint64_t b)
{
    return vreinterpretq_u64_p128(vmull_p64((poly64_t)a, (poly64_t)b));
}

LINLI_PMULL_TARGET uint64x2_t linli_ghash_swap(uint64x2_t number)
{
    return vextq_u64(number, number, 1);
}

/* Modulo x^128 + x^7 + x^2 + x + 1: see ghash_x86.h. */
LINLI_PMULL_TARGET uint64x2_t linli_ghash_reduce(linli_ghash_product sum)
{
    const uint64_t worth = 0xC200000000000000u;
    const uint64x2_t zero = vdupq_n_u64(0);
    uint64x2_t low = veorq_u64(sum.low, vextq_u64(zero, sum.middle, 1));
    uint64x2_t high = veorq_u64(sum.high, vextq_u64(sum.middle, zero, 1));
    low = veorq_u64(linli_ghash_swap(low), linli_ghash_clmul(vgetq_lane_u64(low, 0), worth));
    high = veorq_u64(high, linli_ghash_swap(low));
    return veorq_u64(high, linli_ghash_clmul(vgetq_lane_u64(low, 0), worth));
}

/* Adds a * b, by Karatsuba; b_halves is the sum of b's halves. */
LINLI_PMULL_TARGET void linli_ghash_add(linli_ghash_product *sum, uint64x2_t a, uint64x2_t b,
                                        uint64_t b_halves)
{
    uint64_t a_halves = vgetq_lane_u64(veorq_u64(a, linli_ghash_swap(a)), 0);
    uint64x2_t low = linli_ghash_clmul(vgetq_lane_u64(a, 0), vgetq_lane_u64(b, 0));
    uint64x2_t high = linli_ghash_clmul(vgetq_lane_u64(a, 1), vgetq_lane_u64(b, 1));
    uint64x2_t ends = veorq_u64(low, high);
    sum->low = veorq_u64(sum->low, low);
    sum->high = veorq_u64(sum->high, high);
    sum->middle = veorq_u64(sum->middle,
                            veorq_u64(ends, linli_ghash_clmul(a_halves, b_halves)));
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
        linli_ghash_add(&product, power, vld1q_u64(powers + 14), powers[23]);
        power = linli_ghash_reduce(product);
    }
}

/* `count` blocks, 1 to 8. The first, which waits for `state`, comes last. */
LINLI_PMULL_TARGET uint64x2_t linli_ghash_step(const uint64_t powers[32], uint64x2_t state,
                                               const uint8_t *data, size_t count)
{
    const uint64x2_t zero = vdupq_n_u64(0);
    const uint64_t *from = powers + 2 * (8 - count);
    const uint64_t *halves = powers + 16 + (8 - count);
    linli_ghash_product sum = {zero, zero, zero};
    for (size_t i = count; i-- > 1;) {
        linli_ghash_add(&sum, linli_ghash_load(data + 16 * i), vld1q_u64(from + 2 * i), halves[i]);
    }
    state = veorq_u64(state, linli_ghash_load(data));
    linli_ghash_add(&sum, state, vld1q_u64(from), halves[0]);
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
