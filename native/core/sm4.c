/* SM4's keys, and single blocks. */
#include "blocks.h"
#include "bytes.h"
#include "linli_core.h"

void linli_sm4_init(linli_sm4 *sm4, const linli_engine *engine, const uint8_t key[16])
{
    sm4->engine = given(engine);
    blocks_schedule(sm4, key);
}

void linli_sm4_wipe(linli_sm4 *sm4)
{
    wipe(sm4->round_keys, sizeof sm4->round_keys);
}

void linli_sm4_encrypt(const linli_sm4 *sm4, uint8_t out[16], const uint8_t block[16])
{
    blocks_encrypt(sm4, out, block, 1);
}

void linli_sm4_decrypt(const linli_sm4 *sm4, uint8_t out[16], const uint8_t block[16])
{
    blocks_decrypt(sm4, out, block, 1);
}
