/*
 * The engine for aarch64 with the AES extension (nearly all but the Raspberry Pi up to 4): 16
 * blocks a vector.
 */
#include "engine.h"

#if defined(__GNUC__) && defined(__aarch64__)
#include "bytes.h"
#include "ghash_neon.h"

#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

static int usable(void)
{
#if defined(__AARCH64EB__)
    return 0;
#elif defined(__APPLE__)
    return 1;
#elif defined(__linux__)
    enum { AES = 1 << 3, PMULL = 1 << 4 }; /* of the kernel's asm/hwcap.h */
    return (~getauxval(AT_HWCAP) & (AES | PMULL)) == 0;
#else
    return 0;
#endif
}

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("aes"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("+crypto")
#endif

#include "neon_words.h"
#include "words.h"

typedef word slice;
#define LANES 16u

#define slice_xor word_xor
#define slice_xor3 word_xor3
#define slice_all(byte) vdupq_n_u8((uint8_t)(byte))
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

#define slice_lo8 vzip1q_u8
#define slice_hi8 vzip2q_u8
#define slice_gather(blocks, at) word_load(*(blocks) + (at))
#define slice_scatter(blocks, at, row) word_store(*(blocks) + (at), row)

#include "transpose.h"

#include "slices.h"
#include "slices_ccm.h"
#include "slices_modes.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const linli_engine linli_engine_neon = {
    .name = "neon",
    .constant_time = 1,
    .usable = usable,
    .schedule = words_schedule,
    .encrypt = engine_encrypt,
    .counter = engine_counter,
    .chain = words_chain,
    .ccm = words_ccm,
    .sm3 = linli_portable_sm3,
    .ghash_init = linli_pmull_ghash_init,
    .ghash = linli_pmull_ghash,
    .crc16 = linli_portable_crc16,
    .crc32 = linli_portable_crc32,
    .lanes = LANES,
    .ccm_lanes = slices_ccm,
};
#endif
