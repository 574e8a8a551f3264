/* The engine for x86-64 with GFNI and AVX2, but not AVX-512: 32 blocks a vector. */
#include "engine.h"

#ifdef LINLI_X86_64
#include "affine.h"
#include "bytes.h"
#include "crc_x86.h"
#include "ghash_x86.h"
#include "x86_features.h"

#include <immintrin.h>

static int usable(void)
{
    return x86_has(X86_AES | X86_AVX2 | X86_GFNI);
}

#ifdef __clang__
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx2,gfni,bmi,bmi2,aes,pclmul,vpclmulqdq"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,gfni,bmi,bmi2,aes,pclmul,vpclmulqdq")
#endif

#define word_xor3(a, b, c) _mm_xor_si128(_mm_xor_si128(a, b), c)
#include "gfni_words.h"
#include "words.h"

#include "avx2_slices.h"

#define SLICE_AFFINE(x, matrix, constant)                                                          \
    _mm256_gf2p8affine_epi64_epi8(x, _mm256_set1_epi64x((long long)(matrix)), constant)
#define SLICE_INVERSE(x, matrix, constant)                                                         \
    _mm256_gf2p8affineinv_epi64_epi8(x, _mm256_set1_epi64x((long long)(matrix)), constant)

#define slice_to_aes(x) SLICE_AFFINE(x, TO_AES, 0)
#define slice_to_aes_key(x) SLICE_AFFINE(x, TO_AES, TO_AES_CONSTANT)
#define slice_from_aes(x) SLICE_AFFINE(x, FROM_AES, 0)

static inline void slice_substitute(slice x, slice *w, slice *u)
{
    *w = SLICE_INVERSE(x, TO_W, TO_W_CONSTANT);
    *u = SLICE_INVERSE(x, TO_U, TO_U_CONSTANT);
}

#include "transpose.h"

#include "slices.h"
#include "slices_ccm.h"
#include "slices_modes.h"
#define SM3_BMI2
#include "sm3_x86.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const linli_engine linli_engine_gfni = {
    .name = "gfni",
    .constant_time = 1,
    .usable = usable,
    .schedule = words_schedule,
    .encrypt = engine_encrypt,
    .counter = engine_counter,
    .chain = words_chain,
    .ccm = words_ccm,
    .sm3 = sm3_x86,
    .ghash_init = linli_clmul_ghash_init,
    .ghash = linli_vpclmul_avx2_ghash,
    .crc16 = linli_clmul_crc16,
    .crc32 = linli_clmul_crc32,
    .lanes = LANES,
    .ccm_lanes = slices_ccm,
};
#endif
