/*
 * SM3 (GB/T 32905-2016) with its 64 rounds written out, so that words change names instead of
 * places. Included by each engine, to be compiled with the instructions it may use: rotations that
 * leave their source alone are worth a tenth.
 *
 * Where core/sm3.c has exclusive things to choose among, this adds them, which shortens the chain
 * from one round to the next; and it makes message words four rounds ahead of their use.
 */
#ifndef LINLI_SM3_UNROLLED_H
#define LINLI_SM3_UNROLLED_H

#include "bytes.h"

#define SM3_ROTATE(x, n) ((uint32_t)(x) << ((n) % 32) | (uint32_t)(x) >> (-(n) & 31))

/* T_j, rotated by j (clause 4.2). */
#define SM3_EARLY(j) SM3_ROTATE(0x79CC4519u, j)
#define SM3_LATE(j) SM3_ROTATE(0x7A879D8Au, j)

/* FF_j and GG_j (clause 4.3). */
#define SM3_PARITY(x, y, z) ((x) ^ (y) ^ (z))
#define SM3_MAJORITY(x, y, z) (((x) & (y)) + ((z) & ((x) ^ (y))))
#define SM3_CHOICE(x, y, z) (((x) & (y)) + (~(x) & (z)))

/* P_0 and P_1 (clause 4.4). */
#define SM3_P0(x) ((x) ^ SM3_ROTATE(x, 9) ^ SM3_ROTATE(x, 17))
#define SM3_P1(x) ((x) ^ SM3_ROTATE(x, 15) ^ SM3_ROTATE(x, 23))

/* Round j (clause 5.3.3); what was A is then called D, and so on. */
#define SM3_ROUND(j, T, FF, GG, a, b, c, d, e, f, g, h)                                            \
    do {                                                                                           \
        uint32_t turned = SM3_ROTATE(a, 12);                                                       \
        uint32_t ss1 = SM3_ROTATE(turned + T(j) + (e), 7);                                         \
        (d) += FF(a, b, c) + (ss1 ^ turned) + (w[j] ^ w[(j) + 4]);                                 \
        (h) += GG(e, f, g) + ss1 + w[j];                                                           \
        (b) = SM3_ROTATE(b, 9);                                                                    \
        (f) = SM3_ROTATE(f, 19);                                                                   \
        (h) = SM3_P0(h);                                                                           \
    } while (0)

#define SM3_ROUNDS(j, T, FF, GG)                                                                   \
    SM3_ROUND(j, T, FF, GG, a, b, c, d, e, f, g, h);                                               \
    SM3_ROUND((j) + 1, T, FF, GG, d, a, b, c, h, e, f, g);                                         \
    SM3_ROUND((j) + 2, T, FF, GG, c, d, a, b, g, h, e, f);                                         \
    SM3_ROUND((j) + 3, T, FF, GG, b, c, d, a, f, g, h, e)

/* W_j (clause 5.3.2). */
#define SM3_WORD(j)                                                                                \
    w[j] = SM3_P1(w[(j) - 16] ^ w[(j) - 9] ^ SM3_ROTATE(w[(j) - 3], 15)) ^                         \
           SM3_ROTATE(w[(j) - 13], 7) ^ w[(j) - 6]

#define SM3_WORDS(j)                                                                               \
    SM3_WORD(j);                                                                                   \
    SM3_WORD((j) + 1);                                                                             \
    SM3_WORD((j) + 2);                                                                             \
    SM3_WORD((j) + 3)

#define SM3_EARLY_ROUNDS(j)                                                                        \
    SM3_WORDS((j) + 16);                                                                           \
    SM3_ROUNDS(j, SM3_EARLY, SM3_PARITY, SM3_PARITY)

#define SM3_LATE_ROUNDS(j) SM3_ROUNDS(j, SM3_LATE, SM3_MAJORITY, SM3_CHOICE)

static void sm3_unrolled(uint32_t state[8], const uint8_t *data, size_t blocks)
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (; blocks > 0; blocks--) {
        uint32_t w[68];
        for (unsigned j = 0; j < 16; j++) {
            w[j] = load_be32(data + 4 * j);
        }
        SM3_EARLY_ROUNDS(0);
        SM3_EARLY_ROUNDS(4);
        SM3_EARLY_ROUNDS(8);
        SM3_EARLY_ROUNDS(12);
        SM3_WORDS(32);
        SM3_LATE_ROUNDS(16);
        SM3_WORDS(36);
        SM3_LATE_ROUNDS(20);
        SM3_WORDS(40);
        SM3_LATE_ROUNDS(24);
        SM3_WORDS(44);
        SM3_LATE_ROUNDS(28);
        SM3_WORDS(48);
        SM3_LATE_ROUNDS(32);
        SM3_WORDS(52);
        SM3_LATE_ROUNDS(36);
        SM3_WORDS(56);
        SM3_LATE_ROUNDS(40);
        SM3_WORDS(60);
        SM3_LATE_ROUNDS(44);
        SM3_WORDS(64);
        SM3_LATE_ROUNDS(48);
        SM3_LATE_ROUNDS(52);
        SM3_LATE_ROUNDS(56);
        SM3_LATE_ROUNDS(60);
        a = state[0] ^= a;
        b = state[1] ^= b;
        c = state[2] ^= c;
        d = state[3] ^= d;
        e = state[4] ^= e;
        f = state[5] ^= f;
        g = state[6] ^= g;
        h = state[7] ^= h;
        data += 64;
    }
}

#endif
