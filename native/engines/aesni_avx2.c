/* The engine for x86-64 with AES-NI and AVX2 (Haswell, Zen and later): 32 blocks a vector. */
#include "engine.h"

#ifdef LINLI_X86_64
#include "bytes.h"
#include "crc_x86.h"
#include "ghash_x86.h"
#include "x86_features.h"

#include <immintrin.h>

static int usable(void)
{
    return x86_has(X86_AES | X86_AVX2);
}

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,aes,pclmul"))),                  \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,aes,pclmul")
#endif

#include "aes_words.h"
#include "words.h"

#include "avx2_slices.h"

/* A map of affine_nibbles.h, given the low and the high nibble of each byte. */
static inline slice slice_map(const uint8_t nibbles[32], slice low, slice high)
{
    slice of_low = _mm256_broadcastsi128_si256(word_load(nibbles));
    slice of_high = _mm256_broadcastsi128_si256(word_load(nibbles + 16));
    return _mm256_xor_si256(_mm256_shuffle_epi8(of_low, low), _mm256_shuffle_epi8(of_high, high));
}

#define SLICE_LOW(x) _mm256_and_si256(x, _mm256_set1_epi8(15))
#define SLICE_HIGH(x) _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15))

static inline slice slice_to_aes(slice x)
{
    return slice_map(NIBBLES_TO_AES, SLICE_LOW(x), SLICE_HIGH(x));
}

static inline slice slice_from_aes(slice x)
{
    return slice_map(NIBBLES_FROM_AES, SLICE_LOW(x), SLICE_HIGH(x));
}

#define slice_to_aes_key(x) _mm256_xor_si256(slice_to_aes(x), _mm256_set1_epi8(TO_AES_CONSTANT))

static inline void slice_substitute(slice x, slice *w, slice *u)
{
    slice s = _mm256_inserti128_si256(
        _mm256_castsi128_si256(word_aes_sbox(_mm256_castsi256_si128(x))),
        word_aes_sbox(_mm256_extracti128_si256(x, 1)), 1);
    s = _mm256_shuffle_epi8(s, _mm256_broadcastsi128_si256(word_load(UNSHIFT[0])));
    slice low = SLICE_LOW(s), high = SLICE_HIGH(s);
    *w = slice_map(NIBBLES_TO_W, low, high);
    *u = slice_map(NIBBLES_TO_U, low, high);
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

const linli_engine linli_engine_aesni_avx2 = {
    .name = "aesni-avx2",
    .constant_time = 1,
    .usable = usable,
    .schedule = words_schedule,
    .encrypt = engine_encrypt,
    .counter = engine_counter,
    .chain = words_chain,
    .ccm = words_ccm,
    .sm3 = sm3_x86,
    .ghash_init = linli_clmul_ghash_init,
    .ghash = linli_clmul_ghash,
    .crc16 = linli_clmul_crc16,
    .crc32 = linli_clmul_crc32,
    .lanes = LANES,
    .ccm_lanes = slices_ccm,
};
#endif
