/* CMAC (NIST SP 800-38B). */
#include "blocks.h"
#include "bytes.h"
#include "cmac.h"
#include "linli_core.h"

#include <string.h>

/* Multiplies by x in GF(2^128) (clause 6.1), without a branch on the secret's top bit. */
static void double_block(uint8_t block[16])
{
    uint8_t reduction = (uint8_t)(0x87u & (0u - (unsigned)(block[0] >> 7)));
    for (unsigned i = 0; i < 15; i++) {
        block[i] = (uint8_t)((block[i] << 1) | (block[i + 1] >> 7));
    }
    block[15] = (uint8_t)((block[15] << 1) ^ reduction);
}

void linli_cmac_finish(const linli_sm4 *sm4, uint8_t state[16], const uint8_t *last,
                       size_t length)
{
    uint8_t subkey[16] = {0};
    linli_sm4_encrypt(sm4, subkey, subkey);
    double_block(subkey);
    if (length < 16) {
        double_block(subkey);
        subkey[length] ^= 0x80;
    }
    for (size_t i = 0; i < length; i++) {
        subkey[i] ^= last[i];
    }
    blocks_chain(sm4, state, NULL, subkey, 1);
    wipe(subkey, sizeof subkey);
}

void linli_cmac(const linli_sm4 *sm4, uint8_t out[16], const uint8_t *message, size_t length)
{
    size_t chained = length > 0 ? (length - 1) / 16 * 16 : 0;
    memset(out, 0, 16);
    if (chained > 0) {
        blocks_chain(sm4, out, NULL, message, chained / 16);
        message += chained;
    }
    linli_cmac_finish(sm4, out, message, length - chained);
}
