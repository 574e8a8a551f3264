/* The table of expanded keys that batches take theirs from. */
#include "bytes.h"
#include "engine.h"
#include "linli_batch.h"

void linli_keys_set(const linli_keys *keys, const uint32_t *slots, const uint8_t *material,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        keys->engine->schedule(keys->round_keys + 32 * (size_t)slots[i], material + 16 * i);
        keys->used[slots[i]] = 1;
    }
}

void linli_keys_wipe(const linli_keys *keys, uint32_t slot)
{
    wipe(keys->round_keys + 32 * (size_t)slot, 32 * sizeof *keys->round_keys);
    keys->used[slot] = 0;
}
