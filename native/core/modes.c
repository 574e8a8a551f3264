/* The modes ECB, CBC and CTR (NIST SP 800-38A). */
#include "blocks.h"
#include "linli_core.h"

#include <string.h>

/* How many blocks CBC decrypts at a time: on hosts, enough to fill the widest engine. */
#ifdef LINLI_BOARD
#define CBC_STRIDE 4
#else
#define CBC_STRIDE 128
#endif

void linli_ecb_encrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t blocks)
{
    blocks_encrypt(sm4, out, in, blocks);
}

void linli_ecb_decrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t blocks)
{
    blocks_decrypt(sm4, out, in, blocks);
}

void linli_cbc_encrypt(const linli_sm4 *sm4, uint8_t iv[16], uint8_t *out, const uint8_t *in,
                       size_t blocks)
{
    blocks_chain(sm4, iv, out, in, blocks);
}

void linli_cbc_decrypt(const linli_sm4 *sm4, uint8_t iv[16], uint8_t *out, const uint8_t *in,
                       size_t blocks)
{
    uint8_t cipher[16 * CBC_STRIDE];
    while (blocks > 0) {
        size_t taken = blocks < CBC_STRIDE ? blocks : CBC_STRIDE;
        memcpy(cipher, in, 16 * taken); /* `out` may be `in` */
        blocks_decrypt(sm4, out, cipher, taken);
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
}

void linli_ctr(const linli_sm4 *sm4, uint8_t counter[16], uint8_t *out, const uint8_t *in,
               size_t length)
{
    blocks_counter(sm4, out, in, length, counter);
}
