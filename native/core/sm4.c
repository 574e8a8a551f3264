/* SM4's keys, and its modes ECB, CBC and CTR (NIST SP 800-38A). */
#include "blocks.h"
#include "bytes.h"
#include "linli_core.h"

#include <string.h>

/* How many blocks CBC decrypts at a time: enough to fill the widest engine. */
#define CBC_STRIDE 128

void linli_sm4_init(linli_sm4 *sm4, const linli_engine *engine, const uint8_t key[16])
{
#ifdef LINLI_BOARD
    sm4->engine = engine;
    linli_portable_schedule(sm4->round_keys, key);
#else
    sm4->engine = engine != NULL ? engine : &linli_engine_portable;
    sm4->engine->schedule(sm4->round_keys, key);
#endif
}

void linli_sm4_wipe(linli_sm4 *sm4)
{
    wipe(sm4->round_keys, sizeof sm4->round_keys);
}

/* A key that decrypts where `sm4` encrypts: its round keys in reverse. */
static linli_sm4 reversed(const linli_sm4 *sm4)
{
    linli_sm4 other;
    other.engine = sm4->engine;
    for (unsigned i = 0; i < 32; i++) {
        other.round_keys[i] = sm4->round_keys[31 - i];
    }
    return other;
}

void linli_sm4_encrypt(const linli_sm4 *sm4, uint8_t out[16], const uint8_t block[16])
{
    blocks_encrypt(sm4, out, block, 1);
}

void linli_sm4_decrypt(const linli_sm4 *sm4, uint8_t out[16], const uint8_t block[16])
{
    linli_ecb_decrypt(sm4, out, block, 1);
}

void linli_ecb_encrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t blocks)
{
    blocks_encrypt(sm4, out, in, blocks);
}

void linli_ecb_decrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t blocks)
{
    linli_sm4 decrypting = reversed(sm4);
    blocks_encrypt(&decrypting, out, in, blocks);
    linli_sm4_wipe(&decrypting);
}

void linli_cbc_encrypt(const linli_sm4 *sm4, uint8_t iv[16], uint8_t *out, const uint8_t *in,
                       size_t blocks)
{
    for (; blocks > 0; blocks--) {
        blocks_chain(sm4, iv, in, 1);
        memcpy(out, iv, 16);
        out += 16;
        in += 16;
    }
}

void linli_cbc_decrypt(const linli_sm4 *sm4, uint8_t iv[16], uint8_t *out, const uint8_t *in,
                       size_t blocks)
{
    linli_sm4 decrypting = reversed(sm4);
    uint8_t cipher[16 * CBC_STRIDE];
    while (blocks > 0) {
        size_t taken = blocks < CBC_STRIDE ? blocks : CBC_STRIDE;
        memcpy(cipher, in, 16 * taken); /* `out` may be `in` */
        blocks_encrypt(&decrypting, out, cipher, taken);
        for (size_t i = 0; i < 16; i++) {
            out[i] ^= iv[i];
        }
        for (size_t i = 16; i < 16 * taken; i++) {
            out[i] ^= cipher[i - 16];
        }
        memcpy(iv, cipher + 16 * (taken - 1), 16);
        out += 16 * taken;
        in += 16 * taken;
        blocks -= taken;
    }
    linli_sm4_wipe(&decrypting);
}

void linli_ctr(const linli_sm4 *sm4, uint8_t counter[16], uint8_t *out, const uint8_t *in,
               size_t length)
{
    blocks_counter(sm4, out, in, length, counter);
}
