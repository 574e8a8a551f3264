/* Batches: checked as a whole, sorted by length, done as many at a time as the engine has lanes. */
#include "bytes.h"
#include "engine.h"
#include "linli_batch.h"

#include <string.h>

/* Messages sorted at a time: enough that lanes fill up, few enough for the stack. */
#define WINDOW 1024
#define MAX_BLOCKS 255 /* longer bodies are sorted as one length */
#define MAX_MESSAGE ((uint64_t)1 << 24)

/* Of a million keys, those of a batch are seldom in a cache. */
#ifdef __GNUC__
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)(address))
#endif

/* What message i has behind its header, less its tag when opening; negative: too short. */
static int64_t body_length(const linli_batch *batch, size_t i, int opening)
{
    uint64_t length = batch->in_offsets[i + 1] - batch->in_offsets[i];
    return (int64_t)length - (int64_t)(batch->header_length + (opening ? batch->tag_length : 0));
}

/* The bytes that message i gives. */
static uint64_t result_length(const linli_batch *batch, size_t i, int opening)
{
    int64_t body = body_length(batch, i, opening);
    size_t over = batch->header_length + (opening ? 0 : batch->tag_length);
    return body < 0 ? 0 : (uint64_t)body + over;
}

static int refuse_message(const linli_batch *batch, size_t i, int opening)
{
    uint64_t from = batch->in_offsets[i];
    uint64_t to = batch->in_offsets[i + 1];
    uint32_t slot = batch->slots[i];
    if (from > to || to > batch->in_length) {
        return LINLI_BATCH_OFFSETS;
    }
    if (to - from >= MAX_MESSAGE) {
        return LINLI_BATCH_LONG;
    }
    if (slot >= batch->keys->slots || !batch->keys->used[slot]) {
        return LINLI_BATCH_SLOT;
    }
    return !opening && body_length(batch, i, 0) < 0 ? LINLI_BATCH_SHORT : 0;
}

static int refuse(const linli_batch *batch, size_t *at, int opening)
{
    uint64_t end = 0;
    *at = 0;
    if (batch->header_length > 14) {
        return LINLI_BATCH_HEADER;
    }
    if (batch->tag_length < 4 || batch->tag_length > 16 || batch->tag_length % 2 != 0) {
        return LINLI_BATCH_TAG;
    }
    for (size_t i = 0; i < batch->count; i++) {
        int reason = refuse_message(batch, i, opening);
        *at = i;
        if (reason != 0) {
            return reason;
        }
        end += result_length(batch, i, opening);
        if (end > batch->out_length) {
            return LINLI_BATCH_ROOM;
        }
    }
    return 0;
}

/* Orders messages [from, from + count) by their blocks of body: a counting sort. */
static void sort(const linli_batch *batch, size_t from, size_t count, int opening,
                 uint16_t order[WINDOW])
{
    uint16_t starts[MAX_BLOCKS + 2] = {0};
    uint8_t blocks[WINDOW];
    uint8_t differences = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t length = body_length(batch, from + i, opening);
        int64_t needed = length < 0 ? 0 : (length + 15) / 16;
        blocks[i] = (uint8_t)(needed < MAX_BLOCKS ? needed : MAX_BLOCKS);
        differences |= blocks[i] ^ blocks[0];
        order[i] = (uint16_t)i;
    }
    if (differences == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        starts[blocks[i] + 1]++;
    }
    for (unsigned i = 1; i <= MAX_BLOCKS; i++) {
        starts[i] = (uint16_t)(starts[i] + starts[i - 1]);
    }
    for (size_t i = 0; i < count; i++) {
        order[starts[blocks[i]]++] = (uint16_t)i;
    }
}

/* What a forgery left in `out` becomes zeros. */
static void judge(const linli_batch *batch, const linli_lane *lane, uint8_t *status)
{
    size_t length = batch->header_length + lane->body_length;
    if (differ(lane->in + length, lane->tag, batch->tag_length)) {
        wipe(lane->out, length);
        *status = LINLI_FORGED;
    }
}

static void run_window(const linli_batch *batch, size_t from, size_t count, int opening)
{
    const linli_engine *engine = batch->keys->engine;
    linli_lane lanes[LINLI_MAX_LANES];
    size_t messages[LINLI_MAX_LANES];
    uint16_t order[WINDOW];
    sort(batch, from, count, opening, order);
    for (size_t done = 0; done < count;) {
        size_t filled = 0;
        while (done < count && filled < engine->lanes) {
            size_t i = from + order[done++];
            int64_t length = body_length(batch, i, opening);
            batch->status[i] = length < 0 ? LINLI_TOO_SHORT : LINLI_DONE;
            if (length >= 0) {
                const uint32_t *round_keys =
                    batch->keys->round_keys + 32 * (size_t)batch->slots[i];
                PREFETCH(round_keys);
                PREFETCH(round_keys + 16);
                lanes[filled].round_keys = round_keys;
                lanes[filled].nonce = batch->nonces + 12 * i;
                lanes[filled].in = batch->in + batch->in_offsets[i];
                lanes[filled].out = batch->out + batch->out_offsets[i];
                lanes[filled].body_length = (size_t)length;
                messages[filled++] = i;
            }
        }
        if (filled > 0) {
            engine->ccm_lanes(lanes, filled, batch->header_length, batch->tag_length, opening);
        }
        for (size_t i = 0; i < filled; i++) {
            if (opening) {
                judge(batch, &lanes[i], &batch->status[messages[i]]);
            } else {
                memcpy(lanes[i].out + batch->header_length + lanes[i].body_length, lanes[i].tag,
                       batch->tag_length);
            }
        }
    }
    /* The tags that forgeries should have had. */
    wipe(lanes, (count < engine->lanes ? count : engine->lanes) * sizeof lanes[0]);
}

static int run(const linli_batch *batch, size_t *at, int opening)
{
    int refused = refuse(batch, at, opening);
    if (refused != 0) {
        return refused;
    }
    batch->out_offsets[0] = 0;
    for (size_t i = 0; i < batch->count; i++) {
        batch->out_offsets[i + 1] = batch->out_offsets[i] + result_length(batch, i, opening);
    }
    for (size_t from = 0; from < batch->count; from += WINDOW) {
        size_t left = batch->count - from;
        run_window(batch, from, left < WINDOW ? left : WINDOW, opening);
    }
    return 0;
}

int linli_seal_many(const linli_batch *batch, size_t *at)
{
    return run(batch, at, 0);
}

int linli_open_many(const linli_batch *batch, size_t *at)
{
    return run(batch, at, 1);
}
