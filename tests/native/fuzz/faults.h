/* The portable engine with one fault each, to show that differential.c finds such. */
#ifndef LINLI_FAULTS_H
#define LINLI_FAULTS_H

#include "engine.h"

#include <string.h>

static void faulty_schedule(uint32_t round_keys[32], const uint8_t key[16])
{
    linli_portable_schedule(round_keys, key);
    round_keys[31] ^= key[0] == 7;
}

static void faulty_encrypt(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                           size_t blocks)
{
    linli_portable_encrypt(round_keys, out, in, blocks);
    if (blocks >= 34 && blocks < 38) {
        out[16 * blocks - 1] ^= 0x80;
    }
}

/* A carry that ends at 32 bits. */
static void faulty_counter(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                           size_t length, uint8_t counter[16])
{
    uint8_t before[16];
    memcpy(before, counter, 16);
    linli_portable_counter(round_keys, out, in, length, counter);
    memcpy(counter, before, 12);
}

static void overrunning_counter(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                                size_t length, uint8_t counter[16])
{
    linli_portable_counter(round_keys, out, in, length, counter);
    if (length % 16 == 15) {
        out[length] = 0;
    }
}

static void faulty_chain(const uint32_t round_keys[32], uint8_t state[16], uint8_t *out,
                         const uint8_t *data, size_t blocks)
{
    linli_portable_chain(round_keys, state, out, data, blocks - (blocks >= 30));
}

/* Decrypts what it has written already where input and output are one. */
static void faulty_ccm(const uint32_t round_keys[32], linli_ccm_pass *pass, const uint8_t *prefix,
                       size_t prefix_blocks, uint8_t *out, const uint8_t *in, size_t length)
{
    linli_portable_ccm(round_keys, pass, prefix, prefix_blocks, out, in, length);
    if (out == in && length >= 570) {
        pass->mac[0] ^= 1;
    }
}

static void faulty_sm3(uint32_t state[8], const uint8_t *data, size_t blocks)
{
    linli_portable_sm3(state, data, blocks - (blocks >= 8));
}

static uint16_t faulty_crc16(const uint8_t *data, size_t length, uint16_t crc)
{
    return linli_portable_crc16(data, length, length >= 570 ? 0 : crc);
}

static uint32_t faulty_crc32(const uint8_t *data, size_t length, uint32_t crc)
{
    return linli_portable_crc32(data, length, length >= 570 ? 0 : crc);
}

static void faulty_ghash(const uint64_t powers[32], uint8_t state[16], const uint8_t *data,
                         size_t blocks)
{
    linli_portable_ghash(powers, state, data, blocks - (blocks >= 33));
}

/* Every message under the first one's key. */
static void faulty_ccm_lanes(linli_lane *messages, size_t count, size_t header_length,
                             size_t tag_length, int opening)
{
    for (size_t i = 1; i < count; i++) {
        messages[i].round_keys = messages[0].round_keys;
    }
    linli_engine_portable.ccm_lanes(messages, count, header_length, tag_length, opening);
}

static linli_engine with_fault(const char *name)
{
    linli_engine made = linli_engine_portable;
    made.name = "faulty";
    made.lanes = 7;
    made.schedule = strcmp(name, "schedule") == 0 ? faulty_schedule : made.schedule;
    made.encrypt = strcmp(name, "encrypt") == 0 ? faulty_encrypt : made.encrypt;
    made.counter = strcmp(name, "counter") == 0 ? faulty_counter : made.counter;
    made.counter = strcmp(name, "overrun") == 0 ? overrunning_counter : made.counter;
    made.chain = strcmp(name, "chain") == 0 ? faulty_chain : made.chain;
    made.ccm = strcmp(name, "ccm") == 0 ? faulty_ccm : made.ccm;
    made.sm3 = strcmp(name, "sm3") == 0 ? faulty_sm3 : made.sm3;
    made.crc16 = strcmp(name, "crc16") == 0 ? faulty_crc16 : made.crc16;
    made.crc32 = strcmp(name, "crc32") == 0 ? faulty_crc32 : made.crc32;
    made.ghash = strcmp(name, "ghash") == 0 ? faulty_ghash : made.ghash;
    made.ccm_lanes = strcmp(name, "ccm_lanes") == 0 ? faulty_ccm_lanes : made.ccm_lanes;
    return made;
}

#endif
