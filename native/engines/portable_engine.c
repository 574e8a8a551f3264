/* The engine for any processor: core/portable.c, with a table of 256 bytes. */
#include "bytes.h"
#include "ccm.h"
#include "engine.h"

#include <string.h>

static int always(void)
{
    return 1;
}

static void ccm_lanes(linli_lane *messages, size_t count, size_t header_length, size_t tag_length,
                      int opening)
{
    linli_sm4 sm4;
    linli_ccm_pass pass;
    sm4.engine = &linli_engine_portable;
    pass.opening = opening;
    for (size_t i = 0; i < count; i++) {
        linli_lane *each = &messages[i];
        memcpy(sm4.round_keys, each->round_keys, sizeof sm4.round_keys);
        linli_ccm_run(&sm4, &pass, each->out + header_length, each->nonce, 12, each->in,
                      header_length, each->in + header_length, each->body_length, tag_length);
        if (header_length > 0) { /* else the pointers may be NULL */
            memcpy(each->out, each->in, header_length);
        }
        memcpy(each->tag, pass.mac, 16);
    }
    linli_sm4_wipe(&sm4);
    wipe(&pass, sizeof pass);
}

const linli_engine linli_engine_portable = {
    .name = "portable",
    .constant_time = 0,
    .usable = always,
    .schedule = linli_portable_schedule,
    .encrypt = linli_portable_encrypt,
    .counter = linli_portable_counter,
    .chain = linli_portable_chain,
    .ccm = linli_portable_ccm,
    .sm3 = linli_portable_sm3,
    .ghash_init = linli_portable_ghash_init,
    .ghash = linli_portable_ghash,
    .crc16 = linli_portable_crc16,
    .crc32 = linli_portable_crc32,
    .lanes = 1,
    .ccm_lanes = ccm_lanes,
};
