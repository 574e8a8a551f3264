/* The engine for x86-64 with AES-NI (Westmere, Bulldozer and later): 16 blocks a vector. */
#include "engine.h"

#ifdef LINLI_X86_64
#include "bytes.h"
#include "crc_x86.h"
#include "ghash_x86.h"
#include "x86_features.h"

#include <immintrin.h>

static int usable(void)
{
    return x86_has(X86_AES);
}

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("sse4.1,aes,pclmul"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("sse4.1,aes,pclmul")
#endif

#include "aes_words.h"
#include "words.h"

typedef word slice;
#define LANES 16u

#define slice_xor word_xor
#define slice_xor3 word_xor3
#define slice_all(byte) _mm_set1_epi8((char)(byte))
#define slice_words word_all
#define slice_load word_load
#define slice_store word_store
#define slice_to_aes word_to_aes
#define slice_to_aes_key word_to_aes_key
#define slice_from_aes word_from_aes

static inline void slice_substitute(slice x, slice *w, slice *u)
{
    slice s = word_unshift(word_aes_sbox(x), 0);
    slice low = WORD_LOW(s), high = WORD_HIGH(s);
    *w = word_map(NIBBLES_TO_W, low, high);
    *u = word_map(NIBBLES_TO_U, low, high);
}

#define slice_lo8 _mm_unpacklo_epi8
#define slice_hi8 _mm_unpackhi_epi8
#define slice_gather(blocks, at) word_load(*(blocks) + (at))
#define slice_scatter(blocks, at, row) word_store(*(blocks) + (at), row)

#include "transpose.h"

#include "slices.h"
#include "slices_ccm.h"
#include "slices_modes.h"
#include "sm3_x86.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const linli_engine linli_engine_aesni = {
    .name = "aesni",
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
