/*
 * The engines that every processor has, on one whose words begin with their highest byte: built and
 * run by test_big_endian.py. No C library is there for such a machine, so what the core needs of
 * one, and two calls of Linux, are here. Prints the engines.
 */
#include "engine.h"
#include "linli_batch.h"

#include <string.h>

#define LONGEST 2400 /* more than any engine does at a time */
#define MESSAGES 70
#define MESSAGE_LENGTH 50

/* The compiler must not make calls of these of themselves. */
#define STEP __asm__ volatile("" : : : "memory")

void *memmove(void *out, const void *in, size_t length)
{
    uint8_t *to = out;
    const uint8_t *from = in;
    for (size_t i = 0; i < length; i++) {
        size_t at = to < from ? i : length - 1 - i;
        to[at] = from[at];
        STEP;
    }
    return out;
}

void *memcpy(void *out, const void *in, size_t length)
{
    return memmove(out, in, length);
}

void *memset(void *out, int byte, size_t length)
{
    uint8_t *to = out;
    for (size_t i = 0; i < length; i++) {
        to[i] = (uint8_t)byte;
        STEP;
    }
    return out;
}

static int same(const uint8_t *left, const uint8_t *right, size_t length)
{
    uint8_t differences = 0;
    for (size_t i = 0; i < length; i++) {
        differences |= (uint8_t)(left[i] ^ right[i]);
    }
    return differences == 0;
}

enum { EXIT = 1, WRITE = 4 };

static void call_linux(unsigned number, unsigned first, const void *second, size_t third)
{
    register unsigned r7 __asm__("r7") = number;
    register unsigned r0 __asm__("r0") = first;
    register const void *r1 __asm__("r1") = second;
    register size_t r2 __asm__("r2") = third;
    __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
}

static void print(const char *text)
{
    size_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    call_linux(WRITE, 1, text, length);
    call_linux(WRITE, 1, "\n", 1);
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print(#condition);                                                                     \
            call_linux(EXIT, 1, NULL, 0);                                                          \
        }                                                                                          \
    } while (0)

static uint32_t state = 1;

/* Marsaglia's xorshift: the same numbers everywhere. */
static void fill(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes[i] = (uint8_t)(state >> 8);
    }
}

/* GB/T 32907-2016, annex A, and GB/T 32905-2016, annex A. */
static void check_examples(const linli_engine *engine)
{
    static const uint8_t BLOCK[16] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                                      0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10};
    static const uint8_t ENCRYPTED[16] = {0x68, 0x1E, 0xDF, 0x34, 0xD2, 0x06, 0x96, 0x5E,
                                          0x86, 0xB3, 0xE9, 0x4F, 0x53, 0x6E, 0x42, 0x46};
    static const uint8_t DIGEST[8] = {0x66, 0xC7, 0xF0, 0xF4, 0x62, 0xEE, 0xED, 0xD9};
    linli_sm4 sm4;
    linli_sm3 sm3;
    uint8_t out[32];
    linli_sm4_init(&sm4, engine, BLOCK);
    linli_sm4_encrypt(&sm4, out, BLOCK);
    CHECK(same(out, ENCRYPTED, 16));
    linli_sm3_init(&sm3, engine);
    linli_sm3_update(&sm3, (const uint8_t *)"abc", 3);
    linli_sm3_digest(&sm3, out);
    CHECK(same(out, DIGEST, 8));
}

/* GCM, RFC 8998, appendix A.1. */
static void check_gcm(const linli_engine *engine)
{
    static const uint8_t KEY[16] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                                    0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10};
    static const uint8_t NONCE[12] = {0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0xAB, 0xCD};
    static const uint8_t HEADER[20] = {0xFE, 0xED, 0xFA, 0xCE, 0xDE, 0xAD, 0xBE, 0xEF, 0xFE, 0xED,
                                       0xFA, 0xCE, 0xDE, 0xAD, 0xBE, 0xEF, 0xAB, 0xAD, 0xDA, 0xD2};
    static const uint8_t EIGHTS[8] = {0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA};
    static const uint8_t TAG[16] = {0x83, 0xDE, 0x35, 0x41, 0xE4, 0xC2, 0xB5, 0x81,
                                    0x77, 0xE0, 0x65, 0xA9, 0xBF, 0x7B, 0x62, 0xEC};
    linli_gcm gcm;
    uint8_t body[64], sealed[80];
    for (unsigned i = 0; i < 8; i++) {
        memset(body + 8 * i, EIGHTS[i], 8);
    }
    linli_gcm_init(&gcm, engine, KEY);
    CHECK(linli_gcm_seal(&gcm, sealed, NONCE, 12, HEADER, 20, body, 64, 16) == 0);
    CHECK(same(sealed + 64, TAG, 16));
}

/* Modes and MACs on both engines, at any length. */
static void check_modes(const linli_engine *engine, size_t length)
{
    static uint8_t in[LONGEST], found[LONGEST + 16], expected[LONGEST + 16];
    linli_sm4 sm4, portable;
    uint8_t key[16], counter[16], expected_counter[16];
    fill(key, 16);
    fill(in, length);
    linli_sm4_init(&sm4, engine, key);
    linli_sm4_init(&portable, NULL, key);
    linli_ecb_encrypt(&sm4, found, in, length / 16);
    linli_ecb_encrypt(&portable, expected, in, length / 16);
    CHECK(same(found, expected, length / 16 * 16));

    fill(counter, 16);
    memset(counter + 16 - length % 17, 0xFF, length % 17); /* so that it carries */
    memcpy(expected_counter, counter, 16);
    linli_ctr(&sm4, counter, found, in, length);
    linli_ctr(&portable, expected_counter, expected, in, length);
    CHECK(same(found, expected, length));
    CHECK(same(counter, expected_counter, 16));

    CHECK(linli_ccm_seal(&sm4, found, key, 12, in, length / 2, in, length, 16) == 0);
    CHECK(linli_ccm_seal(&portable, expected, key, 12, in, length / 2, in, length, 16) == 0);
    CHECK(same(found, expected, length + 16));
    CHECK(linli_ccm_open(&sm4, found, key, 12, in, length / 2, found, length + 16, 16) == 0);
    CHECK(same(found, in, length));
    linli_cmac(&sm4, found, in, length);
    linli_cmac(&portable, expected, in, length);
    CHECK(same(found, expected, 16));
}

static void check_batch(const linli_engine *engine)
{
    static uint32_t round_keys[32 * MESSAGES];
    static uint8_t in[MESSAGE_LENGTH * MESSAGES], out[(MESSAGE_LENGTH + 8) * MESSAGES];
    uint8_t used[MESSAGES] = {0}, status[MESSAGES], material[16 * MESSAGES], alone[100];
    uint32_t slots[MESSAGES];
    uint64_t offsets[MESSAGES + 1] = {0}, out_offsets[MESSAGES + 1];
    size_t at;
    linli_keys keys = {engine, round_keys, used, MESSAGES, 0};
    fill(material, sizeof material);
    fill(in, sizeof in);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        slots[i] = MESSAGES - 1 - i;
        offsets[i + 1] = offsets[i] + 8 + i % (MESSAGE_LENGTH - 8);
    }
    linli_batch batch = {
        .keys = &keys,
        .slots = slots,
        .nonces = material,
        .in = in,
        .in_offsets = offsets,
        .out = out,
        .out_offsets = out_offsets,
        .status = status,
        .in_length = sizeof in,
        .out_length = sizeof out,
        .count = MESSAGES,
        .header_length = 8,
        .tag_length = 8,
    };
    CHECK(linli_keys_set(&keys, slots, material, MESSAGES, &at) == 0);
    CHECK(linli_seal_many(&batch, &at) == 0);
    for (size_t i = 0; i < MESSAGES; i++) {
        linli_sm4 sm4;
        const uint8_t *message = in + offsets[i];
        size_t length = (size_t)(offsets[i + 1] - offsets[i]);
        linli_sm4_init(&sm4, NULL, material + 16 * i);
        CHECK(linli_packet_seal(&sm4, alone, material + 12 * i, message, 8, message + 8,
                                length - 8, 8) == 0);
        CHECK(same(alone, out + out_offsets[i], length + 8));
    }
}

void _start(void)
{
    const uint32_t one = 1;
    CHECK(*(const uint8_t *)&one == 0);
    for (size_t i = 0; linli_engine_at(i) != NULL; i++) {
        const linli_engine *engine = linli_engine_at(i);
        check_examples(engine);
        check_gcm(engine);
        for (size_t length = 0; length < LONGEST; length += length < 70 ? 1 : 37) {
            check_modes(engine, length);
        }
        check_batch(engine);
        print(linli_engine_name(engine));
    }
    call_linux(EXIT, 0, NULL, 0);
}
