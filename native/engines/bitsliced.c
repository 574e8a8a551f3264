/*
 * The constant-time engine for any processor: no table, but the S-box as a circuit of 64-bit XORs
 * and ANDs, 64 blocks at once; for few blocks, 4.
 */
#include "engine.h"
#include "planes.h"

#include "words.h"

#include "slices.h"
#include "slices_ccm.h"
#include "slices_modes.h"

static int always(void)
{
    return 1;
}

const linli_engine linli_engine_bitsliced = {
    .name = "bitsliced",
    .constant_time = 1,
    .usable = always,
    .schedule = words_schedule,
    .encrypt = engine_encrypt,
    .counter = engine_counter,
    .chain = words_chain,
    .ccm = words_ccm,
    .sm3 = linli_portable_sm3,
    .ghash_init = linli_portable_ghash_init,
    .ghash = linli_portable_ghash,
    .crc16 = linli_portable_crc16,
    .crc32 = linli_portable_crc32,
    .lanes = LANES,
    .ccm_lanes = slices_ccm,
};
