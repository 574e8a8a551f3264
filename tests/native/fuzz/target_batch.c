/*
 * Batches with any slots, offsets and lengths: those that break a rule are refused for it and leave
 * everything as it was; all others give what each message gives alone.
 */
#include "input.h"
#include "linli_batch.h"

#define SLOTS 6

static linli_sm4 alone[SLOTS];

/* Slot 4 holds no key. */
static linli_keys make_keys(const linli_engine *engine)
{
    linli_keys keys = {engine, malloc(128 * SLOTS), calloc(SLOTS, 1), SLOTS, 0};
    uint8_t material[16] = {0};
    size_t at;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        material[0] = (uint8_t)slot;
        linli_sm4_init(&alone[slot], NULL, material);
        CHECK(linli_keys_set(&keys, &slot, material, 1, &at) == 0);
    }
    linli_keys_wipe(&keys, 4);
    return keys;
}

static uint64_t length_of(const linli_batch *batch, size_t i)
{
    return batch->in_offsets[i + 1] - batch->in_offsets[i];
}

static int offsets_are_wrong(const linli_batch *batch, size_t i)
{
    return batch->in_offsets[i] > batch->in_offsets[i + 1] ||
           batch->in_offsets[i + 1] > batch->in_length;
}

static int slot_is_wrong(const linli_batch *batch, size_t i)
{
    return batch->slots[i] >= SLOTS || batch->slots[i] == 4;
}

static int is_too_short(const linli_batch *batch, size_t i, int opening)
{
    return length_of(batch, i) < batch->header_length + (opening ? batch->tag_length : 0);
}

/* The bytes that the first `count` results take; their messages break no rule. */
static uint64_t room_for(const linli_batch *batch, size_t count, int opening)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (!opening) {
            total += length_of(batch, i) + batch->tag_length;
        } else if (!is_too_short(batch, i, 1)) {
            total += length_of(batch, i) - batch->tag_length;
        }
    }
    return total;
}

static int header_is_wrong(const linli_batch *batch)
{
    return batch->header_length > 14;
}

static int tag_is_wrong(const linli_batch *batch)
{
    return batch->tag_length < 4 || batch->tag_length > 16 || batch->tag_length % 2 != 0;
}

static void check_refused(const linli_batch *batch, int reason, size_t at, int opening)
{
    switch (reason) {
    case LINLI_BATCH_HEADER:
        CHECK(header_is_wrong(batch));
        break;
    case LINLI_BATCH_TAG:
        CHECK(tag_is_wrong(batch));
        break;
    case LINLI_BATCH_OFFSETS:
        CHECK(at < batch->count && offsets_are_wrong(batch, at));
        break;
    case LINLI_BATCH_SLOT:
        CHECK(at < batch->count && slot_is_wrong(batch, at));
        break;
    case LINLI_BATCH_SHORT:
        CHECK(!opening && at < batch->count && is_too_short(batch, at, 0));
        break;
    case LINLI_BATCH_ROOM:
        CHECK(at < batch->count && room_for(batch, at + 1, opening) > batch->out_length);
        break;
    default: /* no message here is as long as LINLI_BATCH_LONG wants */
        CHECK(0);
    }
    CHECK(all_are(batch->out, (size_t)batch->out_length, 0xAA));
    CHECK(all_are((uint8_t *)batch->out_offsets, 8 * (batch->count + 1), 0xAA));
    CHECK(all_are(batch->status, batch->count, 0xAA));
}

static void check_message(const linli_batch *batch, size_t i, int opening)
{
    const linli_sm4 *sm4 = &alone[batch->slots[i]];
    size_t header_length = batch->header_length, tag_length = batch->tag_length;
    size_t length = (size_t)length_of(batch, i);
    size_t out_length = (size_t)(batch->out_offsets[i + 1] - batch->out_offsets[i]);
    const uint8_t *nonce = batch->nonces + 12 * i, *out = batch->out + batch->out_offsets[i];
    uint8_t *message = copy(batch->in + batch->in_offsets[i], length);
    uint8_t *expected = room(out_length);
    if (is_too_short(batch, i, opening)) {
        CHECK(batch->status[i] == LINLI_TOO_SHORT && out_length == 0);
    } else if (!opening) {
        CHECK(out_length == length + tag_length && batch->status[i] == LINLI_DONE);
        CHECK(linli_packet_seal(sm4, expected, nonce, message, header_length,
                                message + header_length, length - header_length, tag_length) == 0);
        CHECK(same(out, expected, out_length));
    } else {
        CHECK(out_length == length - tag_length);
        int forged = linli_packet_open(sm4, expected + header_length, nonce, message, length,
                                       header_length, tag_length);
        CHECK(batch->status[i] == (forged ? LINLI_FORGED : LINLI_DONE));
        if (forged) {
            CHECK(all_are(out, out_length, 0));
        } else {
            CHECK(same(out, message, header_length));
            CHECK(same(out + header_length, expected + header_length, out_length - header_length));
        }
    }
    free(message);
    free(expected);
}

static void check_done(const linli_batch *batch, int opening)
{
    CHECK(!header_is_wrong(batch) && !tag_is_wrong(batch));
    CHECK(batch->out_offsets[0] == 0);
    for (size_t i = 0; i < batch->count; i++) {
        CHECK(!offsets_are_wrong(batch, i) && !slot_is_wrong(batch, i));
        check_message(batch, i, opening);
    }
    size_t end = (size_t)batch->out_offsets[batch->count];
    CHECK(end <= batch->out_length);
    CHECK(all_are(batch->out + end, (size_t)batch->out_length - end, 0xAA));
}

/* Returns what the batch was refused for, 0 when not. */
static int check_run(const linli_batch *batch, int opening)
{
    size_t at = 0;
    memset(batch->out_offsets, 0xAA, 8 * (batch->count + 1));
    if (batch->count > 0) {
        memset(batch->status, 0xAA, batch->count);
    }
    if (batch->out_length > 0) {
        memset(batch->out, 0xAA, (size_t)batch->out_length);
    }
    int reason = opening ? linli_open_many(batch, &at) : linli_seal_many(batch, &at);
    if (reason != 0) {
        check_refused(batch, reason, at, opening);
    } else {
        check_done(batch, opening);
    }
    return reason;
}

/* What a batch gave is opened whole, and again with one bit changed. */
static void check_round_trip(const linli_batch *sealed, size_t bit)
{
    linli_batch opening = *sealed;
    uint8_t *packets = copy(sealed->out, (size_t)sealed->out_offsets[sealed->count]);
    opening.in = packets;
    opening.in_length = sealed->out_offsets[sealed->count];
    opening.in_offsets = (uint64_t *)copy((uint8_t *)sealed->out_offsets, 8 * (sealed->count + 1));
    opening.out_length = sealed->in_length;
    opening.out = room((size_t)opening.out_length);
    CHECK(check_run(&opening, 1) == 0);
    for (size_t i = 0; i < opening.count; i++) {
        CHECK(opening.status[i] == LINLI_DONE);
        CHECK(same(opening.out + opening.out_offsets[i], sealed->in + sealed->in_offsets[i],
                   (size_t)length_of(sealed, i)));
    }
    if (opening.in_length > 0) {
        packets[bit / 8 % opening.in_length] ^= (uint8_t)(1u << bit % 8);
        CHECK(check_run(&opening, 1) == 0);
        CHECK(memchr(opening.status, LINLI_FORGED, opening.count) != NULL);
    }
    free(packets);
    free((void *)(uintptr_t)opening.in_offsets);
    free(opening.out);
}

/* Mostly not far behind the one before; else anything. */
static uint64_t take_offset(input *in, uint64_t before)
{
    size_t kind = take_below(in, 256);
    uint64_t any;
    if (kind < 240) {
        return before + kind % 80;
    }
    take(in, &any, sizeof any);
    return any;
}

/* Mostly one that holds a key; else any, those next to what there is among them. */
static uint32_t take_slot(input *in)
{
    uint32_t slot = (uint32_t)take_below(in, 256);
    return slot < 240 ? slot % 4 : slot < 252 ? slot - 240 : UINT32_MAX << (slot - 252) * 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    input in = {bytes, length};
    linli_keys keys = make_keys(take_engine(&in));
    linli_batch batch = {.keys = &keys, .count = take_below(&in, 150)};
    batch.header_length = take_below(&in, 256) % 17;
    batch.tag_length = take_below(&in, 256) % 19;
    batch.in_length = take_below(&in, 4000);
    batch.out_length = take_below(&in, 6000);
    size_t bit = take_below(&in, 65536);
    uint32_t *slots = (uint32_t *)room(4 * batch.count);
    uint64_t *offsets = (uint64_t *)room(8 * (batch.count + 1));
    uint8_t *nonces = room(12 * batch.count), *message_bytes = room((size_t)batch.in_length);
    offsets[0] = take_offset(&in, 0);
    for (size_t i = 0; i < batch.count; i++) {
        slots[i] = take_slot(&in);
        offsets[i + 1] = take_offset(&in, offsets[i]);
        take(&in, nonces + 12 * i, 2);
    }
    if (batch.in_length > 0) {
        take(&in, message_bytes, (size_t)batch.in_length);
    }
    batch.slots = slots;
    batch.nonces = nonces;
    batch.in = message_bytes;
    batch.in_offsets = offsets;
    batch.out = room((size_t)batch.out_length);
    batch.out_offsets = (uint64_t *)room(8 * (batch.count + 1));
    batch.status = room(batch.count);
    if (check_run(&batch, 0) == 0) {
        check_round_trip(&batch, bit);
    }
    check_run(&batch, 1);
    free(keys.round_keys);
    free(keys.used);
    free(slots);
    free(offsets);
    free(nonces);
    free(message_bytes);
    free(batch.out);
    free(batch.out_offsets);
    free(batch.status);
    return 0;
}
