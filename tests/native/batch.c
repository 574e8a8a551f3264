/*
 * Runs batches through the C core, on every engine that there is, and compares with one packet at a
 * time; built with sanitizers and run under valgrind by test_batch_core.py. Prints the engines.
 *
 * Every buffer is allocated at its exact size, so that an access outside of it is caught, as is one
 * to what was never written.
 */
#include "linli_batch.h"
#include "linli_engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("line %d: %s\n", __LINE__, #condition);                                         \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static const linli_engine *engine;
static uint32_t state = 1;

/* Marsaglia's xorshift: the same numbers everywhere. */
static uint32_t below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % limit;
}

static void *room(uint64_t items, size_t size)
{
    size_t length = (size_t)items * size;
    void *memory = malloc(length > 0 ? length : 1);
    CHECK(memory != NULL);
    return memory;
}

static uint8_t *random_bytes(uint64_t length)
{
    uint8_t *bytes = room(length, 1);
    for (uint64_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)below(256);
    }
    return bytes;
}

static int all_zero(const void *memory, size_t length)
{
    const uint8_t *bytes = memory;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0) {
            return 0;
        }
    }
    return 1;
}

static linli_keys new_keys(uint32_t slots)
{
    linli_keys keys = {engine, room(slots, 32 * sizeof(uint32_t)), room(slots, 1), slots, 0};
    memset(keys.round_keys, 0, slots * 32 * sizeof(uint32_t));
    memset(keys.used, 0, slots);
    return keys;
}

static void free_keys(linli_keys *keys)
{
    free(keys->round_keys);
    free(keys->used);
}

/* A batch of `count` messages, bodies shorter than `limit`, message i under the key in slot i. */
static linli_batch new_batch(const linli_keys *keys, size_t count, size_t header_length,
                             size_t tag_length, uint32_t limit)
{
    uint32_t *slots = room(count, sizeof *slots);
    uint64_t *offsets = room(count + 1, sizeof *offsets);
    offsets[0] = 0;
    for (size_t i = 0; i < count; i++) {
        slots[i] = (uint32_t)i;
        offsets[i + 1] = offsets[i] + header_length + below(limit);
    }
    linli_batch batch = {
        .keys = keys,
        .slots = slots,
        .nonces = random_bytes(12 * count),
        .in = random_bytes(offsets[count]),
        .in_offsets = offsets,
        .out = room(offsets[count] + count * tag_length, 1),
        .out_offsets = room(count + 1, sizeof(uint64_t)),
        .status = room(count, 1),
        .in_length = offsets[count],
        .out_length = offsets[count] + count * tag_length,
        .count = count,
        .header_length = header_length,
        .tag_length = tag_length,
    };
    return batch;
}

static void free_batch(linli_batch *batch)
{
    free((void *)batch->slots);
    free((void *)batch->nonces);
    free((void *)batch->in);
    free((void *)batch->in_offsets);
    free(batch->out);
    free(batch->out_offsets);
    free(batch->status);
}

/* Seals a batch, compares each packet, damages some, and opens what it gave. */
static void check_round(size_t count, size_t header_length, size_t tag_length, uint32_t limit)
{
    linli_keys keys = new_keys((uint32_t)count + 1);
    uint8_t *material = random_bytes(16 * count);
    linli_batch batch = new_batch(&keys, count, header_length, tag_length, limit);
    size_t at = 99;
    CHECK(linli_keys_set(&keys, batch.slots, material, count, &at) == 0);
    CHECK(keys.held == count);
    CHECK(linli_seal_many(&batch, &at) == 0);

    linli_batch opened = new_batch(&keys, count, header_length, tag_length, 1);
    free((void *)opened.nonces);
    free((void *)opened.in);
    free((void *)opened.in_offsets);
    free(opened.out);
    uint64_t *offsets = room(count + 1, sizeof *offsets);
    uint8_t *packets = room(batch.out_length, 1);
    memcpy(offsets, batch.out_offsets, (count + 1) * sizeof *offsets);
    memcpy(packets, batch.out, (size_t)batch.out_length);
    opened.nonces = batch.nonces;
    opened.in = packets;
    opened.in_length = batch.out_length;
    opened.in_offsets = offsets;
    opened.out_length = batch.in_length;
    opened.out = room(opened.out_length, 1);

    for (size_t i = 0; i < count; i++) {
        const uint8_t *message = batch.in + batch.in_offsets[i];
        size_t message_length = (size_t)(batch.in_offsets[i + 1] - batch.in_offsets[i]);
        size_t body_length = message_length - header_length;
        size_t length = message_length + tag_length;
        uint8_t *alone = room(length, 1);
        linli_sm4 sm4;
        linli_sm4_init(&sm4, engine, material + 16 * i);
        CHECK(linli_packet_seal(&sm4, alone, batch.nonces + 12 * i, message, header_length,
                                message + header_length, body_length, tag_length) == 0);
        CHECK(batch.out_offsets[i + 1] - batch.out_offsets[i] == length);
        CHECK(memcmp(batch.out + batch.out_offsets[i], alone, length) == 0);
        CHECK(batch.status[i] == LINLI_DONE);
        free(alone);
        if (i % 5 == 3) {
            packets[offsets[i] + below((uint32_t)length)] ^= (uint8_t)(1u << below(8));
        }
    }
    CHECK(linli_open_many(&opened, &at) == 0);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *plain = opened.out + opened.out_offsets[i];
        size_t length = (size_t)(opened.out_offsets[i + 1] - opened.out_offsets[i]);
        CHECK(length == batch.in_offsets[i + 1] - batch.in_offsets[i]);
        if (i % 5 == 3) {
            CHECK(opened.status[i] == LINLI_FORGED && all_zero(plain, length));
        } else {
            CHECK(opened.status[i] == LINLI_DONE);
            CHECK(memcmp(plain, batch.in + batch.in_offsets[i], length) == 0);
        }
    }
    linli_keys_wipe_all(&keys);
    CHECK(all_zero(keys.round_keys, keys.slots * 32 * sizeof(uint32_t)));
    CHECK(all_zero(keys.used, keys.slots) && keys.held == 0);
    opened.nonces = NULL;
    free_batch(&opened);
    free_batch(&batch);
    free_keys(&keys);
    free(material);
}

/* Packets that are shorter than header and tag, some of no bytes at all. */
static void check_too_short(void)
{
    size_t count = 100, at = 99;
    linli_keys keys = new_keys((uint32_t)count);
    uint8_t *material = random_bytes(16 * count);
    linli_batch batch = new_batch(&keys, count, 0, 4, 20);
    batch.header_length = 8;
    batch.tag_length = 8;
    CHECK(linli_keys_set(&keys, batch.slots, material, count, &at) == 0);
    CHECK(linli_open_many(&batch, &at) == 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t length = batch.in_offsets[i + 1] - batch.in_offsets[i];
        CHECK(batch.status[i] == (length < 16 ? LINLI_TOO_SHORT : LINLI_FORGED));
        CHECK(batch.out_offsets[i + 1] - batch.out_offsets[i] == (length < 16 ? 0 : length - 8));
    }
    free_batch(&batch);
    free_keys(&keys);
    free(material);
}

/* Each refusal, with message 3 of 5 at fault, and nothing written. */
static void check_refusals(void)
{
    linli_keys keys = new_keys(6);
    uint8_t *material = random_bytes(16 * 5);
    linli_batch good = new_batch(&keys, 5, 8, 8, 30);
    uint32_t *slots = (uint32_t *)good.slots;
    uint64_t *offsets = (uint64_t *)good.in_offsets;
    size_t whole = (size_t)good.out_length;
    size_t at = 99;
    uint8_t *before = random_bytes(whole);
    memcpy(good.out, before, whole);
    CHECK(linli_keys_set(&keys, slots, material, 5, &at) == 0);

#define REFUSED(change, back, reason, message, run)                                                \
    do {                                                                                           \
        change;                                                                                    \
        at = 99;                                                                                   \
        CHECK(run(&good, &at) == (reason));                                                        \
        CHECK(at == (message));                                                                    \
        CHECK(memcmp(good.out, before, whole) == 0);                                               \
        back;                                                                                      \
    } while (0)
#define BOTH(change, back, reason, message)                                                        \
    REFUSED(change, back, reason, message, linli_seal_many);                                       \
    REFUSED(change, back, reason, message, linli_open_many)

    uint64_t third = offsets[3], fourth = offsets[4], last = offsets[5];
    BOTH(slots[3] = 5, slots[3] = 3, LINLI_BATCH_SLOT, 3);
    BOTH(slots[3] = 6, slots[3] = 3, LINLI_BATCH_SLOT, 3);
    BOTH(slots[3] = UINT32_MAX, slots[3] = 3, LINLI_BATCH_SLOT, 3);
    BOTH(offsets[4] = third - 1, offsets[4] = fourth, LINLI_BATCH_OFFSETS, 3);
    BOTH(offsets[4] = last + 1, offsets[4] = fourth, LINLI_BATCH_OFFSETS, 3);
    BOTH(offsets[4] = UINT64_MAX, offsets[4] = fourth, LINLI_BATCH_OFFSETS, 3);
    BOTH(good.in_length = last - 1, good.in_length = last, LINLI_BATCH_OFFSETS, 4);
    BOTH(good.header_length = 15, good.header_length = 8, LINLI_BATCH_HEADER, 0);
    BOTH(good.tag_length = 2, good.tag_length = 8, LINLI_BATCH_TAG, 0);
    BOTH(good.tag_length = 7, good.tag_length = 8, LINLI_BATCH_TAG, 0);
    BOTH(good.tag_length = 18, good.tag_length = 8, LINLI_BATCH_TAG, 0);
    REFUSED(good.out_length = whole - 1, good.out_length = whole, LINLI_BATCH_ROOM, 4,
            linli_seal_many);
    REFUSED(offsets[4] = third + 7, offsets[4] = fourth, LINLI_BATCH_SHORT, 3, linli_seal_many);

    slots[3] = 6;
    CHECK(linli_keys_set(&keys, slots, material, 5, &at) == -1 && at == 3);
    slots[3] = 3;
    CHECK(keys.held == 5);
    linli_keys_wipe(&keys, 3);
    CHECK(keys.held == 4 && !keys.used[3] && all_zero(keys.round_keys + 32 * 3, 128));
    REFUSED((void)0, (void)0, LINLI_BATCH_SLOT, 3, linli_seal_many);
    CHECK(linli_keys_set(&keys, slots, material, 5, &at) == 0 && keys.held == 5);
    CHECK(linli_seal_many(&good, &at) == 0);

    free_batch(&good);
    free_keys(&keys);
    free(material);
    free(before);
}

int main(void)
{
    static const size_t COUNTS[] = {0, 1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 130, 200};
    for (size_t i = 0; (engine = linli_engine_at(i)) != NULL; i++) {
        for (size_t j = 0; j < sizeof COUNTS / sizeof COUNTS[0]; j++) {
            check_round(COUNTS[j], below(15), 4 + 2 * below(7), 601);
        }
        check_round(1100, 8, 8, 40); /* more than are sorted at a time */
        check_round(70, 14, 16, 5000);
        check_too_short();
        check_refusals();
        printf("%s\n", linli_engine_name(engine));
    }
    return 0;
}
