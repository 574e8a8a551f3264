/* Chains of SM3 hashes: see linli_batch.h. */
#include "linli_batch.h"

void linli_sm3_chain(const linli_engine *engine, uint8_t *out, const uint8_t previous[32],
                     const uint8_t *in, const uint32_t *lengths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        linli_sm3 sm3;
        linli_sm3_init(&sm3, engine);
        linli_sm3_update(&sm3, previous, 32);
        linli_sm3_update(&sm3, in, lengths[i]);
        linli_sm3_digest(&sm3, out);
        in += lengths[i];
        previous = out;
        out += 32;
    }
}
