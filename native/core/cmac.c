/* CMAC (NIST SP 800-38B). */
#include "blocks.h"
#include "bytes.h"
#include "linli_core.h"

/* Multiplies by x in GF(2^128) (clause 6.1), without a branch on the secret's top bit. */
static void double_block(uint8_t block[16])
{
    uint8_t reduction = (uint8_t)(0x87u & (0u - (unsigned)(block[0] >> 7)));
    for (unsigned i = 0; i < 15; i++) {
        block[i] = (uint8_t)((block[i] << 1) | (block[i + 1] >> 7));
    }
    block[15] = (uint8_t)((block[15] << 1) ^ reduction);
}

void linli_cmac(const linli_sm4 *sm4, uint8_t out[16], const uint8_t *message, size_t length)
{
    uint8_t subkey[16] = {0};
    uint8_t state[16] = {0};
    size_t last = length > 0 ? (length - 1) % 16 + 1 : 0;
    linli_sm4_encrypt(sm4, subkey, subkey);
    double_block(subkey);
    if (last < 16) {
        double_block(subkey);
        subkey[last] ^= 0x80;
    }
    blocks_chain(sm4, state, message, (length - last) / 16);
    for (size_t i = 0; i < last; i++) {
        subkey[i] ^= message[length - last + i];
    }
    blocks_chain(sm4, state, subkey, 1);
    for (unsigned i = 0; i < 16; i++) {
        out[i] = state[i];
    }
    wipe(subkey, sizeof subkey);
}
