/*
 * GHASH (NIST SP 800-38D, clause 6.4) in portable C, without tables or branches: carry-less
 * products by integer multiplication.
 *
 * A block is a number of 128 bits, its first byte the highest. GCM numbers bits from there, so bit
 * i of the number is the coefficient of x^(127 - i), and the product of two numbers is the product
 * of the polynomials divided by x. The hash key is kept divided by x to make up for it.
 */
#include "bytes.h"
#include "portable.h"

#include <string.h>

/*
 * A carry-less product. Every fourth bit of the factors at a time leaves room for the carries of
 * their sums, of at most eight terms.
 */
static uint64_t multiply_words(uint32_t a, uint32_t b)
{
    uint64_t product = 0;
    uint64_t kept = 0x1111111111111111u;
    for (unsigned k = 0; k < 4; k++) {
        uint64_t sum = 0;
        for (unsigned i = 0; i < 4; i++) {
            sum ^= (uint64_t)(a & (0x11111111u << i)) * (b & (0x11111111u << ((k - i) % 4)));
        }
        product |= sum & kept;
        kept <<= 1;
    }
    return product;
}

/* Karatsuba's way: three products of halves for four. Words from the lowest on. */
static void multiply_double_words(uint32_t out[4], const uint32_t a[2], const uint32_t b[2])
{
    uint64_t low = multiply_words(a[0], b[0]);
    uint64_t high = multiply_words(a[1], b[1]);
    uint64_t middle = multiply_words(a[0] ^ a[1], b[0] ^ b[1]) ^ low ^ high;
    out[0] = (uint32_t)low;
    out[1] = (uint32_t)(low >> 32) ^ (uint32_t)middle;
    out[2] = (uint32_t)high ^ (uint32_t)(middle >> 32);
    out[3] = (uint32_t)(high >> 32);
}

/* `a` times `h` modulo x^128 + x^7 + x^2 + x + 1, to `a`. */
static void multiply(uint32_t a[4], const uint32_t h[4])
{
    uint32_t product[8], middle[4];
    uint32_t a_sum[2] = {a[0] ^ a[2], a[1] ^ a[3]};
    uint32_t h_sum[2] = {h[0] ^ h[2], h[1] ^ h[3]};
    multiply_double_words(product, a, h);
    multiply_double_words(product + 4, a + 2, h + 2);
    multiply_double_words(middle, a_sum, h_sum);
    for (unsigned i = 0; i < 4; i++) {
        middle[i] ^= product[i] ^ product[i + 4];
    }
    for (unsigned i = 0; i < 4; i++) {
        product[i + 2] ^= middle[i];
    }
    /* The lower half has the powers from x^128 on: x^128 is 1 + x + x^2 + x^7. */
    for (unsigned i = 0; i < 4; i++) {
        uint32_t word = product[i];
        product[i + 3] ^= (word << 31) ^ (word << 30) ^ (word << 25);
        product[i + 4] ^= word ^ (word >> 1) ^ (word >> 2) ^ (word >> 7);
    }
    memcpy(a, product + 4, 16);
}

void linli_portable_ghash_init(uint64_t powers[32], const uint8_t h[16])
{
    uint32_t key[4];
    uint32_t carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t word = load_be32(h + 12 - 4 * i);
        key[i] = (word << 1) | carry;
        carry = word >> 31;
    }
    /* 1 divided by x is x^127 + x^6 + x + 1. */
    key[0] ^= carry;
    key[3] ^= (0u - carry) & 0xC2000000u;
    memcpy(powers, key, sizeof key);
    wipe(key, sizeof key);
}

void linli_portable_ghash(const uint64_t powers[32], uint8_t state[16], const uint8_t *data,
                          size_t blocks)
{
    uint32_t key[4], sum[4];
    memcpy(key, powers, sizeof key);
    for (unsigned i = 0; i < 4; i++) {
        sum[i] = load_be32(state + 12 - 4 * i);
    }
    for (; blocks > 0; blocks--) {
        for (unsigned i = 0; i < 4; i++) {
            sum[i] ^= load_be32(data + 12 - 4 * i);
        }
        multiply(sum, key);
        data += 16;
    }
    for (unsigned i = 0; i < 4; i++) {
        store_be32(state + 12 - 4 * i, sum[i]);
    }
    wipe(key, sizeof key);
}
