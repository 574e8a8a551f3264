/*
 * SM3's compression (GB/T 32905-2016, clause 5.3) on x86-64. Included by an engine whose target has
 * SSE4.1 and PCLMULQDQ, and which has defined
 *
 *   word_xor3(a, b, c)           of vectors of 16 bytes
 *   SM3_BMI2                     if there is RORX
 *   SM3_ROTATE_LANES(x, bits)    if there is an instruction that rotates a vector's words
 *
 * The rounds are one chain: from one e to the next lead an addition, a rotation, an addition, a
 * rotation and two XORs, six cycles at best. Compilers do not keep additions in the order they are
 * given, so the rounds are assembly; vectors expand the message beside them, four words in four
 * rounds. What keeps a round near those six cycles (seven, measured; 8.6 as compilers order it):
 *
 *  - GG waits for e, but need not wait for all of it: e = P0(x) = y ^ z with y = x ^ (x <<< 9) and
 *    z = x <<< 17, and a round makes the next one's ((f ^ g) & e) ^ g of y and z.
 *  - FF is (b & c) + ((b ^ c) & a): what does not wait for a is added before.
 *  - A round adds the next one's word to what becomes its h.
 *  - Few instructions, as each may take the place of one that others wait for. Their order was
 *    searched for by measuring.
 */
#ifndef LINLI_SM3_X86_H
#define LINLI_SM3_X86_H

#include "bytes.h"
#include "inline.h"

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#ifdef SM3_BMI2
#define SM3_ROTATED(bits, from, to) "rorxl $32-" #bits ", %[" #from "], %[" #to "]\n\t"
#else
#define SM3_ROTATED(bits, from, to)                                                                \
    "movl %[" #from "], %[" #to "]\n\t"                                                            \
    "roll $" #bits ", %[" #to "]\n\t"
#endif

#ifndef SM3_ROTATE_LANES
#define SM3_ROTATE_LANES(x, bits)                                                                  \
    _mm_or_si128(_mm_slli_epi32(x, bits), _mm_srli_epi32(x, 32 - (bits)))
#endif

/* T_j <<< j, as the displacement of an address. */
#define SM3_T(j) ((j) < 16 ? 0x79CC4519u : 0x7A879D8Au)
#define SM3_CONSTANT(j) ((int)((SM3_T(j) << (j) % 32) | (SM3_T(j) >> 1 >> (31 - (j) % 32))))

/* Operands of the rounds. What is called d becomes a, and h becomes e. */
#define SM3_STATE(a, b, c, d, e, f, g, h)                                                          \
    [a_] "+r"(a), [b_] "+r"(b), [c_] "+r"(c), [d_] "+r"(d), [e_] "+r"(e), [f_] "+r"(f),            \
        [g_] "+r"(g), [h_] "+r"(h)
#define SM3_INPUTS(j)                                                                              \
    [constant] "i"(SM3_CONSTANT(j)), [pair] "m"(pairs[j]), [next] "m"(words[(j) + 1])

/* Rounds 0 to 15. */
#define SM3_ROUND_00(a, b, c, d, e, f, g, h, j)                                                    \
    do {                                                                                           \
        uint32_t ss1, ss2, t, u;                                                                   \
        __asm__ volatile("movl %[e_], %[u]\n\t"                                                    \
                         SM3_ROTATED(12, a_, ss2)                                                  \
                         "xorl %[f_], %[u]\n\t"                                                    \
                         "leal %c[constant](%q[e_], %q[ss2]), %[ss1]\n\t"                          \
                         "roll $7, %[ss1]\n\t"                                                     \
                         "xorl %[g_], %[u]\n\t"                                                    \
                         "addl %[u], %[h_]\n\t"                                                    \
                         "addl %[ss1], %[h_]\n\t"                                                  \
                         SM3_ROTATED(9, h_, u)                                                     \
                         "xorl %[ss1], %[ss2]\n\t"                                                 \
                         SM3_ROTATED(17, h_, t)                                                    \
                         "xorl %[u], %[h_]\n\t"                                                    \
                         "xorl %[t], %[h_]\n\t"                                                    \
                         "roll $19, %[f_]\n\t"                                                     \
                         "addl %[next], %[g_]\n\t"                                                 \
                         "movl %[b_], %[t]\n\t"                                                    \
                         "addl %[pair], %[d_]\n\t"                                                 \
                         "xorl %[c_], %[t]\n\t"                                                    \
                         "roll $9, %[b_]\n\t"                                                      \
                         "xorl %[a_], %[t]\n\t"                                                    \
                         "addl %[t], %[d_]\n\t"                                                    \
                         "addl %[ss2], %[d_]\n\t"                                                  \
                         : SM3_STATE(a, b, c, d, e, f, g, h), [ss1] "=&r"(ss1), [ss2] "=&r"(ss2),  \
                           [t] "=&r"(t), [u] "=&r"(u)                                              \
                         : SM3_INPUTS(j)                                                           \
                         : "cc");                                                                  \
    } while (0)

/* Rounds 16 to 63; gg is this round's GG(e, f, g), and becomes the next one's. */
#define SM3_ROUND_16(a, b, c, d, e, f, g, h, j)                                                    \
    do {                                                                                           \
        uint32_t ss1, ss2, t;                                                                      \
        __asm__ volatile(SM3_ROTATED(12, a_, ss2)                                                  \
                         "addl %[pair], %[d_]\n\t"                                                 \
                         "leal %c[constant](%q[e_], %q[ss2]), %[ss1]\n\t"                          \
                         "addl %[gg], %[h_]\n\t"                                                   \
                         "movl %[e_], %[gg]\n\t"                                                   \
                         "roll $7, %[ss1]\n\t"                                                     \
                         "xorl %[ss1], %[ss2]\n\t"                                                 \
                         "roll $19, %[f_]\n\t"                                                     \
                         "addl %[ss1], %[h_]\n\t"                                                  \
                         SM3_ROTATED(9, h_, ss1)                                                   \
                         SM3_ROTATED(17, h_, t)                                                    \
                         "xorl %[f_], %[gg]\n\t"                                                   \
                         "xorl %[ss1], %[h_]\n\t"                                                  \
                         "movl %[gg], %[ss1]\n\t"                                                  \
                         "andl %[t], %[ss1]\n\t"                                                   \
                         "andl %[h_], %[gg]\n\t"                                                   \
                         "xorl %[t], %[h_]\n\t"                                                    \
                         "xorl %[f_], %[ss1]\n\t"                                                  \
                         "addl %[next], %[g_]\n\t"                                                 \
                         "movl %[b_], %[t]\n\t"                                                    \
                         "andl %[c_], %[t]\n\t"                                                    \
                         "addl %[t], %[d_]\n\t"                                                    \
                         "movl %[b_], %[t]\n\t"                                                    \
                         "xorl %[c_], %[t]\n\t"                                                    \
                         "andl %[a_], %[t]\n\t"                                                    \
                         "addl %[t], %[d_]\n\t"                                                    \
                         "xorl %[ss1], %[gg]\n\t"                                                  \
                         "roll $9, %[b_]\n\t"                                                      \
                         "addl %[ss2], %[d_]\n\t"                                                  \
                         : SM3_STATE(a, b, c, d, e, f, g, h), [gg] "+r"(gg), [ss1] "=&r"(ss1),     \
                           [ss2] "=&r"(ss2), [t] "=&r"(t)                                          \
                         : SM3_INPUTS(j)                                                           \
                         : "cc");                                                                  \
    } while (0)

/* The last sixteen words of the message, and the next four while they are made. */
typedef struct {
    __m128i last[4];
    __m128i next;
    __m128i rest; /* what next still lacks */
} sm3_message;

/* Has x computed here, between two rounds. */
#define SM3_HERE(x) __asm__ volatile("" : "+x"(x))

/* W_j-16 ^ W_j-9 ^ (W_j-3 <<< 15), the fourth without its W_j-3; and W_j-13 <<< 7. */
INLINE void sm3_expand_1(sm3_message *m)
{
    __m128i j9 = _mm_alignr_epi8(m->last[2], m->last[1], 12);
    __m128i j3 = _mm_srli_si128(m->last[3], 4);
    __m128i j13 = _mm_alignr_epi8(m->last[1], m->last[0], 12);
    m->next = word_xor3(m->last[0], j9, SM3_ROTATE_LANES(j3, 15));
    m->rest = SM3_ROTATE_LANES(j13, 7);
    SM3_HERE(m->next);
    SM3_HERE(m->rest);
}

/* P1 of that, and the words that are outside of it. */
INLINE void sm3_expand_2(sm3_message *m)
{
    const __m128i rotate8 = _mm_set_epi8(14, 13, 12, 15, 10, 9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3);
    __m128i rotated15 = SM3_ROTATE_LANES(m->next, 15);
    __m128i rotated23 = _mm_shuffle_epi8(rotated15, rotate8);
    __m128i j6 = _mm_alignr_epi8(m->last[3], m->last[2], 8);
    m->next = word_xor3(word_xor3(m->next, rotated15, rotated23), m->rest, j6);
    SM3_HERE(m->next);
}

/* _mm_insert_ps: the second lane into the fourth, zeros into the others. */
#define SM3_SECOND_TO_FOURTH 0x77

/*
 * The fourth's W_j-3, which is the first: P1(x <<< 15) is x rotated by 15, by 30 and by 6, which is
 * bits 32 to 63 of the carry-less product of x, written twice, and 2^15 + 2^30 + 2^6.
 */
INLINE void sm3_expand_3(sm3_message *m)
{
    const __m128i factor = _mm_set_epi64x(0, 0x40008040);
    __m128i twice = _mm_shuffle_epi32(m->next, 0);
    __m128 product = _mm_castsi128_ps(_mm_clmulepi64_si128(twice, factor, 0x00));
    product = _mm_insert_ps(product, product, SM3_SECOND_TO_FOURTH);
    m->next = _mm_xor_si128(m->next, _mm_castps_si128(product));
    SM3_HERE(m->next);
}

/* Writes W_j and W'_j-4 = W_j-4 ^ W_j. */
INLINE void sm3_expand_4(sm3_message *m, uint32_t words[4], uint32_t pairs[4])
{
    _mm_store_si128((__m128i *)(void *)words, m->next);
    _mm_store_si128((__m128i *)(void *)pairs, _mm_xor_si128(m->last[3], m->next));
    m->last[0] = m->last[1];
    m->last[1] = m->last[2];
    m->last[2] = m->last[3];
    m->last[3] = m->next;
}

#define SM3_FOUR_ROUNDS(round, j)                                                                  \
    do {                                                                                           \
        round(a, b, c, d, e, f, g, h, j);                                                          \
        round(d, a, b, c, h, e, f, g, (j) + 1);                                                    \
        round(c, d, a, b, g, h, e, f, (j) + 2);                                                    \
        round(b, c, d, a, f, g, h, e, (j) + 3);                                                    \
    } while (0)

/* The same, while the words of sixteen rounds later are made. */
#define SM3_FOUR_EXPANDING(round, j)                                                               \
    do {                                                                                           \
        sm3_expand_1(&m);                                                                          \
        round(a, b, c, d, e, f, g, h, j);                                                          \
        sm3_expand_2(&m);                                                                          \
        round(d, a, b, c, h, e, f, g, (j) + 1);                                                    \
        sm3_expand_3(&m);                                                                          \
        round(c, d, a, b, g, h, e, f, (j) + 2);                                                    \
        sm3_expand_4(&m, words + (j) + 16, pairs + (j) + 12);                                      \
        round(b, c, d, a, f, g, h, e, (j) + 3);                                                    \
    } while (0)

/* One at a time: the next block waits for this, and would wait longer for a vector of them. */
#define SM3_FEED_FORWARD(x, i)                                                                     \
    do {                                                                                           \
        x ^= state[i];                                                                             \
        __asm__ volatile("" : "+r"(x));                                                            \
        state[i] = x;                                                                              \
    } while (0)

static void sm3_x86(uint32_t state[8], const uint8_t *data, size_t blocks)
{
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    uint32_t words[68] __attribute__((aligned(16)));
    uint32_t pairs[64] __attribute__((aligned(16)));
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (; blocks > 0; blocks--) {
        sm3_message m;
        for (unsigned i = 0; i < 4; i++) {
            __m128i four = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
            m.last[i] = _mm_shuffle_epi8(four, big_endian);
            _mm_store_si128((__m128i *)(void *)(words + 4 * i), m.last[i]);
        }
        for (unsigned i = 0; i < 3; i++) {
            __m128i four = _mm_xor_si128(m.last[i], m.last[i + 1]);
            _mm_store_si128((__m128i *)(void *)(pairs + 4 * i), four);
        }
        data += 64;
        h += words[0];
        SM3_FOUR_EXPANDING(SM3_ROUND_00, 0);
        SM3_FOUR_EXPANDING(SM3_ROUND_00, 4);
        SM3_FOUR_EXPANDING(SM3_ROUND_00, 8);
        SM3_FOUR_EXPANDING(SM3_ROUND_00, 12);
        uint32_t gg = ((f ^ g) & e) ^ g;
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 16);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 20);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 24);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 28);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 32);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 36);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 40);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 44);
        SM3_FOUR_EXPANDING(SM3_ROUND_16, 48);
        SM3_FOUR_ROUNDS(SM3_ROUND_16, 52);
        SM3_FOUR_ROUNDS(SM3_ROUND_16, 56);
        SM3_FOUR_ROUNDS(SM3_ROUND_16, 60);
        h -= words[64]; /* round 63 has added it for a next one */
        SM3_FEED_FORWARD(a, 0);
        SM3_FEED_FORWARD(b, 1);
        SM3_FEED_FORWARD(c, 2);
        SM3_FEED_FORWARD(d, 3);
        SM3_FEED_FORWARD(e, 4);
        SM3_FEED_FORWARD(f, 5);
        SM3_FEED_FORWARD(g, 6);
        SM3_FEED_FORWARD(h, 7);
    }
    wipe(words, sizeof words); /* of an HMAC, they are its key */
    wipe(pairs, sizeof pairs);
}

#endif
