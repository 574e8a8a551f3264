/*
 * SM4's S-box as a circuit: 64 bytes at once, bit i of each in plane i. Only XORs and ANDs; neither
 * a branch nor an address depends on the bytes.
 *
 * Inversion is cheap in GF(2^8) built up as a tower of quadratic extensions (Satoh et al. 2001;
 * with normal bases, Canright 2005):
 *
 *   GF(2^2)  a w + b w^2     w^2 + w = 1
 *   GF(2^4)  a z + b z^4     z^2 + z = w
 *   GF(2^8)  a y + b y^16    y^2 + y = w z^4
 *
 * In each, the roots' sum is 1 and their product is the number on the right, the norm n. So
 * (a, b) times (c, d) is (ac + e, bd + e) with e = (a + b)(c + d) n, and the inverse of (a, b) is
 * (b, a) over ab + (a + b)^2 n.
 *
 * States are kept in the tower's basis, as affine.h's are in AES's; matrices are written as there.
 * Of the eight isomorphisms of SM4's field to this one, and of all norms, these take the fewest
 * XORs. tests/native/test_affine.py computes all constants and sums anew.
 */
#ifndef LINLI_TOWER_H
#define LINLI_TOWER_H

#include <stdint.h>

typedef uint64_t plane;

typedef struct {
    plane of[8];
} planes;

/* A byte of SM4 into the tower's basis; the constant belongs to what the S-box takes. */
#define TO_TOWER 0x4E90C2BF19871153u
#define TO_TOWER_CONSTANT 0x86u

/* Back. */
#define FROM_TOWER 0x86F39150C6BE33C4u

/* From the inverse on: the S-box's second map. */
#define TOWER_TO_SM4 0x73892467D11D642Au
#define TOWER_TO_SM4_CONSTANT 0xD3u

/* Row i of a constant matrix, times x. */
#define ROW_TERM(x, matrix, i, j) ((matrix) >> (56 - 8 * (i) + (j)) & 1 ? (x).of[j] : 0)
#define ROW_TIMES(x, matrix, i)                                                                    \
    (ROW_TERM(x, matrix, i, 0) ^ ROW_TERM(x, matrix, i, 1) ^ ROW_TERM(x, matrix, i, 2) ^           \
     ROW_TERM(x, matrix, i, 3) ^ ROW_TERM(x, matrix, i, 4) ^ ROW_TERM(x, matrix, i, 5) ^           \
     ROW_TERM(x, matrix, i, 6) ^ ROW_TERM(x, matrix, i, 7))
#define PLANES_TIMES(x, matrix)                                                                    \
    {{ROW_TIMES(x, matrix, 0), ROW_TIMES(x, matrix, 1), ROW_TIMES(x, matrix, 2),                   \
      ROW_TIMES(x, matrix, 3), ROW_TIMES(x, matrix, 4), ROW_TIMES(x, matrix, 5),                   \
      ROW_TIMES(x, matrix, 6), ROW_TIMES(x, matrix, 7)}}

static inline planes planes_add_constant(planes x, unsigned byte)
{
    for (unsigned i = 0; i < 8; i++) {
        x.of[i] ^= 0 - (plane)(byte >> i & 1);
    }
    return x;
}

static inline planes planes_to_tower(planes x)
{
    planes y = PLANES_TIMES(x, TO_TOWER);
    return y;
}

static inline planes planes_from_tower(planes x)
{
    planes y = PLANES_TIMES(x, FROM_TOWER);
    return y;
}

static inline planes planes_tower_to_sm4(planes x)
{
    planes y = PLANES_TIMES(x, TOWER_TO_SM4);
    return planes_add_constant(y, TOWER_TO_SM4_CONSTANT);
}

/* An element of GF(2^2): planes 1 and 0 are a and b above; of the others likewise, by halves. */
typedef struct {
    plane a, b;
} gf4;

typedef struct {
    gf4 a, b;
} gf16;

static inline gf4 gf4_add(gf4 x, gf4 y)
{
    gf4 sum = {x.a ^ y.a, x.b ^ y.b};
    return sum;
}

static inline gf4 gf4_multiply(gf4 x, gf4 y)
{
    plane e = (x.a ^ x.b) & (y.a ^ y.b);
    gf4 product = {(x.a & y.a) ^ e, (x.b & y.b) ^ e};
    return product;
}

/* Also the inverse: x^3 = 1. */
static inline gf4 gf4_square(gf4 x)
{
    gf4 square = {x.b, x.a};
    return square;
}

static inline gf4 gf4_times_w(gf4 x)
{
    gf4 product = {x.b, x.a ^ x.b};
    return product;
}

static inline gf16 gf16_add(gf16 x, gf16 y)
{
    gf16 sum = {gf4_add(x.a, y.a), gf4_add(x.b, y.b)};
    return sum;
}

static inline gf16 gf16_multiply(gf16 x, gf16 y)
{
    gf4 e = gf4_times_w(gf4_multiply(gf4_add(x.a, x.b), gf4_add(y.a, y.b)));
    gf16 product = {gf4_add(gf4_multiply(x.a, y.a), e), gf4_add(gf4_multiply(x.b, y.b), e)};
    return product;
}

static inline gf16 gf16_invert(gf16 x)
{
    gf4 n = gf4_times_w(gf4_square(gf4_add(x.a, x.b)));
    gf4 over = gf4_square(gf4_add(gf4_multiply(x.a, x.b), n));
    gf16 inverse = {gf4_multiply(over, x.b), gf4_multiply(over, x.a)};
    return inverse;
}

/* x^2 w z^4: squaring is linear, and together with the product takes only four XORs. */
static inline gf16 gf16_square_times_norm(gf16 x)
{
    plane sum = x.b.a ^ x.b.b;
    gf16 product = {{x.a.a ^ x.a.b ^ sum, x.a.b ^ x.b.b}, {x.b.a, sum}};
    return product;
}

static inline planes planes_invert(planes x)
{
    gf16 a = {{x.of[7], x.of[6]}, {x.of[5], x.of[4]}};
    gf16 b = {{x.of[3], x.of[2]}, {x.of[1], x.of[0]}};
    gf16 n = gf16_square_times_norm(gf16_add(a, b));
    gf16 over = gf16_invert(gf16_add(gf16_multiply(a, b), n));
    gf16 y = gf16_multiply(over, b);
    gf16 y16 = gf16_multiply(over, a);
    planes inverse = {{y16.b.b, y16.b.a, y16.a.b, y16.a.a, y.b.b, y.b.a, y.a.b, y.a.a}};
    return inverse;
}

/*
 * From the inverse on: the S-box's second map and W or U of slices.h, in the tower's basis again.
 * The constants of both are in W. Sums are named by the bits they add.
 */
static inline void planes_diffuse(planes x, planes *w, planes *u)
{
    plane x0 = x.of[0], x1 = x.of[1], x2 = x.of[2], x3 = x.of[3];
    plane x4 = x.of[4], x5 = x.of[5], x6 = x.of[6], x7 = x.of[7];
    plane x17 = x1 ^ x7;
    plane x27 = x2 ^ x7;
    plane x35 = x3 ^ x5;
    plane x147 = x17 ^ x4;
    plane x356 = x35 ^ x6;
    plane x0356 = x356 ^ x0;
    plane x167 = x17 ^ x6;
    plane x13457 = x147 ^ x35;
    plane x0134567 = x147 ^ x0356;
    w->of[0] = x27;
    w->of[1] = x0134567;
    w->of[2] = x27 ^ x0356;
    w->of[3] = x0 ^ x4;
    w->of[4] = x0 ^ x5 ^ x7;
    w->of[5] = ~x13457;
    w->of[6] = ~(x167 ^ x2);
    w->of[7] = ~x0;
    u->of[0] = x27 ^ x0;
    u->of[1] = x167;
    u->of[2] = x0 ^ x1 ^ x3;
    u->of[3] = x0134567;
    u->of[4] = x356;
    u->of[5] = x147 ^ x3;
    u->of[6] = x17 ^ x2;
    u->of[7] = x13457;
}

#endif
