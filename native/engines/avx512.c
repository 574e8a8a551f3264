/* The engine for x86-64 with GFNI and AVX-512 (Ice Lake, Zen 4 and later): 64 blocks a vector. */
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
    return x86_has(X86_AES | X86_AVX2 | X86_GFNI | X86_AVX512);
}

#ifdef __clang__
#pragma clang attribute push(                                                                      \
    __attribute__((                                                                                \
        target("avx512f,avx512bw,avx512dq,avx512vl,avx2,gfni,bmi,bmi2,aes,pclmul,vpclmulqdq"))),   \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,gfni,bmi,bmi2,aes,pclmul,vpclmulqdq")
#endif

#define word_xor3(a, b, c) _mm_ternarylogic_epi64(a, b, c, 0x96)
#include "gfni_words.h"
#include "words.h"

typedef __m512i slice;
#define LANES 64u

#define slice_xor _mm512_xor_si512
#define slice_xor3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define slice_all(byte) _mm512_set1_epi8((char)(byte))
#define slice_words(word) _mm512_set1_epi32((int)(word))
#define slice_load(bytes) _mm512_loadu_si512(bytes)
#define slice_store(bytes, x) _mm512_storeu_si512(bytes, x)

#define SLICE_AFFINE(x, matrix, constant)                                                          \
    _mm512_gf2p8affine_epi64_epi8(x, _mm512_set1_epi64((long long)(matrix)), constant)
#define SLICE_INVERSE(x, matrix, constant)                                                         \
    _mm512_gf2p8affineinv_epi64_epi8(x, _mm512_set1_epi64((long long)(matrix)), constant)

#define slice_to_aes(x) SLICE_AFFINE(x, TO_AES, 0)
#define slice_to_aes_key(x) SLICE_AFFINE(x, TO_AES, TO_AES_CONSTANT)
#define slice_from_aes(x) SLICE_AFFINE(x, FROM_AES, 0)

static inline void slice_substitute(slice x, slice *w, slice *u)
{
    *w = SLICE_INVERSE(x, TO_W, TO_W_CONSTANT);
    *u = SLICE_INVERSE(x, TO_U, TO_U_CONSTANT);
}

#define slice_lo8 _mm512_unpacklo_epi8
#define slice_hi8 _mm512_unpackhi_epi8

static inline slice slice_gather(const uint8_t *const blocks[4], size_t at)
{
    __m512i row = _mm512_castsi128_si512(word_load(blocks[0] + at));
    row = _mm512_inserti32x4(row, word_load(blocks[1] + at), 1);
    row = _mm512_inserti32x4(row, word_load(blocks[2] + at), 2);
    return _mm512_inserti32x4(row, word_load(blocks[3] + at), 3);
}

static inline void slice_scatter(uint8_t *const blocks[4], size_t at, slice row)
{
    word_store(blocks[0] + at, _mm512_castsi512_si128(row));
    word_store(blocks[1] + at, _mm512_extracti32x4_epi32(row, 1));
    word_store(blocks[2] + at, _mm512_extracti32x4_epi32(row, 2));
    word_store(blocks[3] + at, _mm512_extracti32x4_epi32(row, 3));
}

#include "transpose.h"

#include "slices.h"
#include "slices_ccm.h"
#include "slices_modes.h"
#define SM3_BMI2
#define SM3_ROTATE_LANES _mm_rol_epi32
#include "sm3_x86.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const linli_engine linli_engine_avx512 = {
    .name = "avx512",
    .constant_time = 1,
    .usable = usable,
    .schedule = words_schedule,
    .encrypt = engine_encrypt,
    .counter = engine_counter,
    .chain = words_chain,
    .ccm = words_ccm,
    .sm3 = sm3_x86,
    .ghash_init = linli_vpclmul_ghash_init,
    .ghash = linli_vpclmul_ghash,
    .crc16 = linli_clmul_crc16,
    .crc32 = linli_clmul_crc32,
    .lanes = LANES,
    .ccm_lanes = slices_ccm,
};
#endif
