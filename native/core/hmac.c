/* HMAC (RFC 2104) with SM3. */
#include "bytes.h"
#include "linli_core.h"

#include <string.h>

void linli_hmac_init(linli_hmac *hmac, const linli_engine *engine, const uint8_t *key,
                     size_t key_length)
{
    uint8_t padded[64] = {0};
    linli_sm3_init(&hmac->inner, engine);
    linli_sm3_init(&hmac->outer, engine);
    if (key_length > sizeof padded) {
        linli_sm3_update(&hmac->inner, key, key_length);
        linli_sm3_digest(&hmac->inner, padded);
        linli_sm3_init(&hmac->inner, engine);
    } else if (key_length > 0) {
        memcpy(padded, key, key_length);
    }
    for (unsigned i = 0; i < sizeof padded; i++) {
        padded[i] ^= 0x36;
    }
    linli_sm3_update(&hmac->inner, padded, sizeof padded);
    for (unsigned i = 0; i < sizeof padded; i++) {
        padded[i] ^= 0x36 ^ 0x5C;
    }
    linli_sm3_update(&hmac->outer, padded, sizeof padded);
    wipe(padded, sizeof padded);
}

void linli_hmac_wipe(linli_hmac *hmac)
{
    wipe(hmac, sizeof *hmac);
}

void linli_hmac_update(linli_hmac *hmac, const uint8_t *message, size_t length)
{
    linli_sm3_update(&hmac->inner, message, length);
}

void linli_hmac_digest(const linli_hmac *hmac, uint8_t out[32])
{
    linli_sm3 outer = hmac->outer;
    linli_sm3_digest(&hmac->inner, out);
    linli_sm3_update(&outer, out, 32);
    linli_sm3_digest(&outer, out);
    wipe(&outer, sizeof outer);
}

void linli_hmac_sm3(const linli_engine *engine, uint8_t out[32], const uint8_t *key,
                    size_t key_length, const uint8_t *message, size_t length)
{
    linli_hmac hmac;
    linli_hmac_init(&hmac, engine, key, key_length);
    linli_hmac_update(&hmac, message, length);
    linli_hmac_digest(&hmac, out);
    linli_hmac_wipe(&hmac);
}
