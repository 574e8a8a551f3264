/* The table of expanded keys that batches take theirs from. */
#include "bytes.h"
#include "engine.h"
#include "linli_batch.h"

static uint32_t *round_keys_of(const linli_keys *keys, uint32_t slot)
{
    return keys->round_keys + 32 * (size_t)slot;
}

int linli_keys_set(linli_keys *keys, const uint32_t *slots, const uint8_t *material, size_t count,
                   size_t *at)
{
    for (size_t i = 0; i < count; i++) {
        if (slots[i] >= keys->slots) {
            *at = i;
            return -1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        keys->engine->schedule(round_keys_of(keys, slots[i]), material + 16 * i);
        keys->held += 1u - keys->used[slots[i]];
        keys->used[slots[i]] = 1;
    }
    return 0;
}

void linli_keys_wipe(linli_keys *keys, uint32_t slot)
{
    wipe(round_keys_of(keys, slot), 32 * sizeof *keys->round_keys);
    keys->held -= keys->used[slot];
    keys->used[slot] = 0;
}

void linli_keys_wipe_all(linli_keys *keys)
{
    /* Slots that hold no key are left alone: their memory may never have been touched. */
    for (uint32_t slot = 0; slot < keys->slots; slot++) {
        if (keys->used[slot]) {
            linli_keys_wipe(keys, slot);
        }
    }
}
