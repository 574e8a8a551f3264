/*
 * Every engine of this processor against the portable one, on random keys, lengths, alignments and
 * overlaps. Built with sanitizers by test_fuzz_engines.py; every buffer has its exact size, so that
 * an access outside of it is caught.
 *
 *   differential SEED             every engine; one line for each
 *   differential SEED FAULT       the portable one with a fault built in, which must be found
 */
#include "engine.h"
#include "faults.h"
#include "linli_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const linli_engine *engine;
static const char *job;
static unsigned long case_number;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s, %s, case %lu: %s\n", linli_engine_name(engine), job, case_number,          \
                   #condition);                                                                    \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Random numbers: splitmix64, Steele, Lea and Flood 2014 --------------------------------------- */

static uint64_t random_state;

static uint64_t random_bits(void)
{
    uint64_t bits = random_state += 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return bits ^ (bits >> 31);
}

static size_t below(size_t limit)
{
    return (size_t)(random_bits() % limit);
}

static void fill(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)random_bits();
    }
}

/* Buffers ------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t *bytes;
    size_t length;
    uint8_t *memory;
} buffer;

/* At any alignment, ending where its memory does; at the start of it half of the time. */
static buffer room(size_t length)
{
    buffer made;
    size_t offset = below(2) * below(64);
    made.length = length;
    made.memory = malloc(offset + length);
    CHECK(made.memory != NULL || offset + length == 0);
    made.bytes = made.memory + offset;
    memset(made.bytes, 0xAA, length);
    return made;
}

static buffer random_bytes(size_t length)
{
    buffer made = room(length);
    fill(made.bytes, length);
    return made;
}

/* `bytes`, and undefined ones behind them. */
static buffer copy_with_room(const uint8_t *bytes, size_t length, size_t more)
{
    buffer made = room(length + more);
    memcpy(made.bytes, bytes, length);
    return made;
}

static buffer copy(buffer of)
{
    return copy_with_room(of.bytes, of.length, 0);
}

static int same(buffer left, buffer right)
{
    return left.length == right.length && memcmp(left.bytes, right.bytes, left.length) == 0;
}

static int all_are(const uint8_t *bytes, size_t length, uint8_t value)
{
    uint8_t other = 0;
    for (size_t i = 0; i < length; i++) {
        other |= (uint8_t)(bytes[i] ^ value);
    }
    return other == 0;
}

/* Blocks and modes ---------------------------------------------------------------------------- */

/* One key on both engines. */
typedef struct {
    linli_sm4 expected, found;
} keys;

static keys random_key(void)
{
    keys made;
    uint8_t key[16];
    fill(key, 16);
    linli_sm4_init(&made.expected, &linli_engine_portable, key);
    linli_sm4_init(&made.found, engine, key);
    CHECK(memcmp(made.expected.round_keys, made.found.round_keys, 128) == 0);
    return made;
}

/* What a mode makes of a message; `state` is an IV or a counter, or nothing for ECB. */
typedef void mode(const linli_sm4 *key, uint8_t state[16], uint8_t *out, const uint8_t *in,
                  size_t length);

static void ecb_encrypt(const linli_sm4 *key, uint8_t state[16], uint8_t *out, const uint8_t *in,
                        size_t length)
{
    (void)state;
    linli_ecb_encrypt(key, out, in, length / 16);
}

static void ecb_decrypt(const linli_sm4 *key, uint8_t state[16], uint8_t *out, const uint8_t *in,
                        size_t length)
{
    (void)state;
    linli_ecb_decrypt(key, out, in, length / 16);
}

static void cbc_encrypt(const linli_sm4 *key, uint8_t state[16], uint8_t *out, const uint8_t *in,
                        size_t length)
{
    linli_cbc_encrypt(key, state, out, in, length / 16);
}

static void cbc_decrypt(const linli_sm4 *key, uint8_t state[16], uint8_t *out, const uint8_t *in,
                        size_t length)
{
    linli_cbc_decrypt(key, state, out, in, length / 16);
}

static void check_mode(mode *run, const uint8_t state[16], size_t length)
{
    keys key = random_key();
    buffer in = random_bytes(length), expected = room(length);
    int in_place = below(2) == 0;
    buffer out = in_place ? copy(in) : room(length);
    uint8_t expected_state[16], found_state[16];
    memcpy(expected_state, state, 16);
    memcpy(found_state, state, 16);
    run(&key.expected, expected_state, expected.bytes, in.bytes, length);
    run(&key.found, found_state, out.bytes, in_place ? out.bytes : in.bytes, length);
    CHECK(same(expected, out));
    CHECK(memcmp(expected_state, found_state, 16) == 0);
    free(in.memory);
    free(expected.memory);
    free(out.memory);
}

static void check_blocks(size_t length)
{
    static mode *const MODES[] = {ecb_encrypt, ecb_decrypt, cbc_encrypt, cbc_decrypt};
    uint8_t state[16];
    fill(state, 16);
    check_mode(MODES[below(4)], state, length / 16 * 16);
}

/* The last bytes of the counter are FF, so that it carries, and wraps when all are. */
static void check_counter(size_t length)
{
    uint8_t counter[16];
    size_t ones = below(17);
    fill(counter, 16);
    memset(counter + 16 - ones, 0xFF, ones);
    counter[15] = (uint8_t)(counter[15] - below(2) * below(256));
    check_mode(linli_ctr, counter, length);
}

/* CBC over many blocks, going on from any state; with every state, or with the last alone. */
static void check_chain(size_t length)
{
    keys key = random_key();
    buffer data = random_bytes(length / 16 * 16), expected = random_bytes(16);
    buffer found = copy(expected), every_expected = copy(data), every_found = copy(data);
    int all = (int)below(2);
    linli_engine_portable.chain(key.expected.round_keys, expected.bytes,
                                all ? every_expected.bytes : NULL, data.bytes, length / 16);
    engine->chain(key.found.round_keys, found.bytes, all ? every_found.bytes : NULL, data.bytes,
                  length / 16);
    CHECK(same(expected, found));
    CHECK(same(every_expected, every_found));
    free(data.memory);
    free(expected.memory);
    free(found.memory);
    free(every_expected.memory);
    free(every_found.memory);
}

static void check_cmac(size_t length)
{
    keys key = random_key();
    buffer message = random_bytes(length), expected = room(16), found = room(16);
    linli_cmac(&key.expected, expected.bytes, message.bytes, length);
    linli_cmac(&key.found, found.bytes, message.bytes, length);
    CHECK(same(expected, found));
    free(message.memory);
    free(expected.memory);
    free(found.memory);
}

/* CCM and GCM --------------------------------------------------------------------------------- */

/* One key of either on one engine. */
typedef struct {
    const linli_sm4 *ccm; /* or NULL */
    const linli_gcm *gcm;
} aead;

static int seal(aead key, uint8_t *out, buffer nonce, buffer header, const uint8_t *body,
                size_t length, size_t tag_length)
{
    return key.ccm != NULL
               ? linli_ccm_seal(key.ccm, out, nonce.bytes, nonce.length, header.bytes,
                                header.length, body, length, tag_length)
               : linli_gcm_seal(key.gcm, out, nonce.bytes, nonce.length, header.bytes,
                                header.length, body, length, tag_length);
}

static int open(aead key, uint8_t *out, buffer nonce, buffer header, const uint8_t *sealed,
                size_t length, size_t tag_length)
{
    return key.ccm != NULL
               ? linli_ccm_open(key.ccm, out, nonce.bytes, nonce.length, header.bytes,
                                header.length, sealed, length, tag_length)
               : linli_gcm_open(key.gcm, out, nonce.bytes, nonce.length, header.bytes,
                                header.length, sealed, length, tag_length);
}

static void flip_one_bit(buffer of)
{
    of.bytes[below(of.length)] ^= (uint8_t)(1u << below(8));
}

/* Opens what was sealed, and then a forgery: one bit of nonce, header, body or tag is another. */
static void check_open(aead key, buffer nonce, buffer header, buffer body, buffer sealed,
                       size_t tag_length)
{
    buffer opened = room(body.length);
    CHECK(open(key, opened.bytes, nonce, header, sealed.bytes, sealed.length, tag_length) == 0);
    CHECK(same(opened, body));
    buffer forged = copy(sealed);
    CHECK(open(key, forged.bytes, nonce, header, forged.bytes, sealed.length, tag_length) == 0);
    CHECK(memcmp(forged.bytes, body.bytes, body.length) == 0);

    memcpy(forged.bytes, sealed.bytes, sealed.length);
    memset(opened.bytes, 0xAA, opened.length);
    flip_one_bit(below(8) == 0 ? nonce : below(4) == 0 && header.length > 0 ? header : forged);
    CHECK(open(key, opened.bytes, nonce, header, forged.bytes, sealed.length, tag_length) == -1);
    CHECK(all_are(opened.bytes, opened.length, 0));
    CHECK(open(key, forged.bytes, nonce, header, forged.bytes, sealed.length, tag_length) == -1);
    CHECK(all_are(forged.bytes, body.length, 0));
    free(opened.memory);
    free(forged.memory);
}

static void check_sealing(aead expected_key, aead found_key, size_t nonce_length,
                          size_t header_length, size_t length, size_t tag_length)
{
    buffer nonce = random_bytes(nonce_length), header = random_bytes(header_length);
    buffer body = random_bytes(length);
    buffer expected = room(length + tag_length), sealed = room(length + tag_length);
    buffer in_place = copy_with_room(body.bytes, length, tag_length);
    CHECK(seal(expected_key, expected.bytes, nonce, header, body.bytes, length, tag_length) == 0);
    CHECK(seal(found_key, sealed.bytes, nonce, header, body.bytes, length, tag_length) == 0);
    CHECK(same(expected, sealed));
    CHECK(seal(found_key, in_place.bytes, nonce, header, in_place.bytes, length, tag_length) == 0);
    CHECK(same(expected, in_place));
    check_open(found_key, nonce, header, body, sealed, tag_length);
    free(nonce.memory);
    free(header.memory);
    free(body.memory);
    free(expected.memory);
    free(sealed.memory);
    free(in_place.memory);
}

/* Mostly short; at times around the length that is written in six bytes, or any up to 70 000. */
static size_t random_ccm_header_length(void)
{
    size_t kind = below(60);
    return kind == 0 ? below(70001) : kind == 1 ? 0xFEFE + below(4) : below(kind < 20 ? 200 : 32);
}

static void check_ccm(size_t length)
{
    keys key = random_key();
    check_sealing((aead){.ccm = &key.expected}, (aead){.ccm = &key.found}, 7 + below(7),
                  random_ccm_header_length(), length, 4 + 2 * below(7));
}

static void check_gcm(size_t length)
{
    static const size_t TAGS[] = {4, 8, 12, 13, 14, 15, 16};
    linli_gcm expected, found;
    uint8_t key[16];
    fill(key, 16);
    linli_gcm_init(&expected, &linli_engine_portable, key);
    linli_gcm_init(&found, engine, key);
    check_sealing((aead){.gcm = &expected}, (aead){.gcm = &found},
                  below(2) == 0 ? 12 : 1 + below(100), below(below(8) == 0 ? 3000 : 80), length,
                  TAGS[below(7)]);
}

/* Hashes and checksums ------------------------------------------------------------------------ */

static void check_sm3(size_t length)
{
    linli_sm3 expected_sm3, found_sm3;
    buffer message = random_bytes(length), expected = room(32), found = room(32);
    linli_sm3_init(&expected_sm3, &linli_engine_portable);
    linli_sm3_update(&expected_sm3, message.bytes, length);
    linli_sm3_digest(&expected_sm3, expected.bytes);
    linli_sm3_init(&found_sm3, engine);
    for (size_t at = 0, taken; at < length; at += taken) { /* in pieces */
        taken = below(length - at + 1);
        linli_sm3_update(&found_sm3, message.bytes + at, taken);
    }
    linli_sm3_digest(&found_sm3, found.bytes);
    CHECK(same(expected, found));
    free(message.memory);
    free(expected.memory);
    free(found.memory);
}

static void check_checksums(size_t length)
{
    buffer data = random_bytes(length);
    uint16_t crc16 = (uint16_t)random_bits();
    uint32_t crc32 = (uint32_t)random_bits();
    CHECK(linli_crc16(engine, data.bytes, length, crc16) ==
          linli_portable_crc16(data.bytes, length, crc16));
    CHECK(linli_crc32(engine, data.bytes, length, crc32) ==
          linli_portable_crc32(data.bytes, length, crc32));
    free(data.memory);
}

/* Frames -------------------------------------------------------------------------------------- */

static void check_frame(size_t length)
{
    keys key = random_key();
    size_t header_length = below(20), tag_length = 4 + 2 * below(7);
    size_t packet_length = header_length + length + tag_length;
    buffer nonce = random_bytes(12), header = random_bytes(header_length);
    buffer body = random_bytes(length);
    buffer expected = room(packet_length + 5 + (packet_length + 1) / 254);
    buffer found = room(expected.length);
    ptrdiff_t frame_length =
        linli_frame_seal(&key.expected, expected.bytes, nonce.bytes, header.bytes, header_length,
                         body.bytes, length, tag_length);
    CHECK(linli_frame_seal(&key.found, found.bytes, nonce.bytes, header.bytes, header_length,
                           body.bytes, length, tag_length) == frame_length);
    CHECK(memcmp(found.bytes, expected.bytes, (size_t)frame_length) == 0);

    buffer frame = copy_with_room(found.bytes, (size_t)frame_length, 0);
    CHECK(linli_frame_open(&key.found, frame.bytes, nonce.bytes, frame.bytes, frame.length,
                           header_length, tag_length) == (ptrdiff_t)(header_length + length));
    CHECK(memcmp(frame.bytes, header.bytes, header_length) == 0);
    CHECK(memcmp(frame.bytes + header_length, body.bytes, length) == 0);
    free(nonce.memory);
    free(header.memory);
    free(body.memory);
    free(expected.memory);
    free(found.memory);
    free(frame.memory);
}

/* Batches ------------------------------------------------------------------------------------- */

#define SLOTS 40

/* Keys in a table of the engine's, and each by itself on the portable one. */
typedef struct {
    linli_keys table;
    linli_sm4 alone[SLOTS];
} store;

static void fill_store(store *filled)
{
    uint32_t slots[SLOTS];
    uint8_t material[16 * SLOTS];
    size_t at;
    fill(material, sizeof material);
    filled->table = (linli_keys){engine, malloc(128 * SLOTS), calloc(SLOTS, 1), SLOTS, 0};
    for (uint32_t i = 0; i < SLOTS; i++) {
        slots[i] = SLOTS - 1 - i;
        linli_sm4_init(&filled->alone[slots[i]], &linli_engine_portable, material + 16 * i);
    }
    CHECK(linli_keys_set(&filled->table, slots, material, SLOTS, &at) == 0);
}

/* A batch whose arrays are filled, and `in` with any bytes. */
static linli_batch make_batch(const store *with, size_t count, size_t longest)
{
    linli_batch made = {.keys = &with->table, .count = count};
    uint32_t *slots = malloc(sizeof *slots * count);
    uint64_t *offsets = malloc(sizeof *offsets * (count + 1));
    uint8_t *nonces = malloc(12 * count);
    made.header_length = below(15);
    made.tag_length = 4 + 2 * below(7);
    fill(nonces, 12 * count);
    offsets[0] = below(2) * below(30);
    size_t equal = below(longest + 1), all_equal = below(4) == 0;
    for (size_t i = 0; i < count; i++) {
        slots[i] = (uint32_t)below(SLOTS);
        offsets[i + 1] = offsets[i] + made.header_length + (all_equal ? equal : below(longest + 1));
    }
    made.in_length = offsets[count] + below(2) * below(30);
    uint8_t *in = malloc(made.in_length);
    fill(in, made.in_length);
    made.slots = slots;
    made.nonces = nonces;
    made.in = in;
    made.in_offsets = offsets;
    made.out_length = made.in_length + made.tag_length * count;
    made.out = malloc(made.out_length);
    made.out_offsets = malloc(sizeof *made.out_offsets * (count + 1));
    made.status = malloc(count);
    return made;
}

static void free_batch(linli_batch made)
{
    free((void *)(uintptr_t)made.slots);
    free((void *)(uintptr_t)made.nonces);
    free((void *)(uintptr_t)made.in);
    free((void *)(uintptr_t)made.in_offsets);
    free(made.out);
    free(made.out_offsets);
    free(made.status);
}

/* Each message sealed alone gives what it gave in the batch. */
static void check_sealed(const store *with, const linli_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const uint8_t *message = batch->in + batch->in_offsets[i];
        size_t length = (size_t)(batch->in_offsets[i + 1] - batch->in_offsets[i]);
        buffer packet = room(length + batch->tag_length);
        CHECK(linli_packet_seal(&with->alone[batch->slots[i]], packet.bytes,
                                batch->nonces + 12 * i, message, batch->header_length,
                                message + batch->header_length, length - batch->header_length,
                                batch->tag_length) == 0);
        CHECK(batch->out_offsets[i + 1] - batch->out_offsets[i] == packet.length);
        CHECK(memcmp(batch->out + batch->out_offsets[i], packet.bytes, packet.length) == 0);
        CHECK(batch->status[i] == LINLI_DONE);
        free(packet.memory);
    }
}

/* The packets of `sealed`, some with a bit flipped and some cut short. */
static linli_batch damaged(const linli_batch *sealed)
{
    linli_batch made = *sealed;
    uint64_t *offsets = malloc(sizeof *offsets * (made.count + 1));
    uint32_t *slots = malloc(sizeof *slots * made.count);
    uint8_t *nonces = malloc(12 * made.count);
    uint8_t *in = malloc(sealed->out_length);
    memcpy(slots, sealed->slots, sizeof *slots * made.count);
    memcpy(nonces, sealed->nonces, 12 * made.count);
    offsets[0] = 0;
    for (size_t i = 0; i < made.count; i++) {
        uint64_t length = sealed->out_offsets[i + 1] - sealed->out_offsets[i];
        size_t fate = below(8);
        uint8_t *packet = in + offsets[i];
        length = fate == 0 ? below((size_t)length + 1) : length;
        memcpy(packet, sealed->out + sealed->out_offsets[i], (size_t)length);
        if (fate == 1) {
            flip_one_bit((buffer){packet, (size_t)length, packet});
        }
        offsets[i + 1] = offsets[i] + length;
    }
    made.in_length = offsets[made.count];
    uint8_t *exact = malloc((size_t)made.in_length);
    memcpy(exact, in, (size_t)made.in_length);
    free(in);
    made.slots = slots;
    made.nonces = nonces;
    made.in = exact;
    made.in_offsets = offsets;
    made.out = malloc((size_t)made.in_length);
    made.out_length = made.in_length;
    made.out_offsets = malloc(sizeof *offsets * (made.count + 1));
    made.status = malloc(made.count);
    return made;
}

/* Each packet opened alone gives what it gave in the batch. */
static void check_opened(const store *with, const linli_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const uint8_t *packet = batch->in + batch->in_offsets[i];
        size_t length = (size_t)(batch->in_offsets[i + 1] - batch->in_offsets[i]);
        size_t over = batch->header_length + batch->tag_length;
        const uint8_t *out = batch->out + batch->out_offsets[i];
        size_t out_length = (size_t)(batch->out_offsets[i + 1] - batch->out_offsets[i]);
        if (length < over) {
            CHECK(batch->status[i] == LINLI_TOO_SHORT && out_length == 0);
            continue;
        }
        buffer body = room(length - over);
        int forged = linli_packet_open(&with->alone[batch->slots[i]], body.bytes,
                                       batch->nonces + 12 * i, packet, length,
                                       batch->header_length, batch->tag_length);
        CHECK(out_length == length - batch->tag_length);
        CHECK(batch->status[i] == (forged ? LINLI_FORGED : LINLI_DONE));
        if (forged) {
            CHECK(all_are(out, out_length, 0));
        } else {
            CHECK(memcmp(out, packet, batch->header_length) == 0);
            CHECK(memcmp(out + batch->header_length, body.bytes, body.length) == 0);
        }
        free(body.memory);
    }
}

static void check_batch(size_t longest)
{
    store with;
    size_t at;
    fill_store(&with);
    /* More than a batch sorts at a time, now and then. */
    size_t count = below(12) == 0 && longest < 200 ? 1000 + below(200) : 1 + below(200);
    linli_batch batch = make_batch(&with, count, longest);
    CHECK(linli_seal_many(&batch, &at) == 0);
    check_sealed(&with, &batch);
    linli_batch opening = damaged(&batch);
    CHECK(linli_open_many(&opening, &at) == 0);
    check_opened(&with, &opening);
    free_batch(batch);
    free_batch(opening);
    linli_keys_wipe_all(&with.table);
    CHECK(all_are((const uint8_t *)with.table.round_keys, 128 * SLOTS, 0));
    free(with.table.round_keys);
    free(with.table.used);
}

/* All of it ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    void (*check)(size_t length);
} JOBS[] = {
    {"blocks", check_blocks}, {"counter", check_counter}, {"chain", check_chain},
    {"cmac", check_cmac},     {"ccm", check_ccm},         {"gcm", check_gcm},
    {"sm3", check_sm3},       {"crc", check_checksums},   {"frame", check_frame},
};

static void check_at(size_t length)
{
    for (size_t i = 0; i < sizeof JOBS / sizeof JOBS[0]; i++) {
        job = JOBS[i].name;
        case_number++;
        JOBS[i].check(length);
    }
}

static void check_engine(const linli_engine *checked, uint64_t seed)
{
    engine = checked;
    random_state = seed;
    case_number = 0;
    for (size_t length = 0; length <= 130; length++) {
        check_at(length);
    }
    for (unsigned i = 0; i < 150; i++) {
        check_at(131 + below(470));
    }
    for (unsigned i = 0; i < 30; i++) { /* more than any engine does at a time */
        check_at(600 + below(9000));
    }
    job = "batch";
    for (unsigned i = 0; i < 40; i++) {
        case_number++;
        check_batch(i % 4 == 0 ? 600 : i % 4 == 1 ? 64 : below(200));
    }
    printf("%s: %lu cases\n", linli_engine_name(engine), case_number);
}

int main(int count, char **arguments)
{
    uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 10) : 0;
    if (count > 2) {
        linli_engine faulty = with_fault(arguments[2]);
        check_engine(&faulty, seed);
        return 0;
    }
    for (size_t i = 0; linli_engine_at(i) != NULL; i++) {
        check_engine(linli_engine_at(i), seed);
    }
    return 0;
}
