/*
 * Runs vectors through the C core, on every engine that this processor has; built with sanitizers
 * by test_core_build.py.
 *
 * Standard input: one case a line, a name and fields in hexadecimal ("-" for no bytes, numbers in
 * decimal). Every buffer is allocated at its exact size, so that an access outside of it is caught.
 */
#include "linli_engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const linli_engine *engine;
static unsigned engine_number;
static unsigned line_number;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("line %u, engine %u: %s\n", line_number, engine_number, #condition);            \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

typedef struct {
    uint8_t *bytes;
    size_t length;
} field;

static field room(size_t length)
{
    field made = {malloc(length > 0 ? length : 1), length};
    CHECK(made.bytes != NULL);
    if (length == 0) { /* so that nothing may be read or written at all */
        free(made.bytes);
        made.bytes = NULL;
    }
    return made;
}

static field next_bytes(void)
{
    const char *text = strtok(NULL, " \n");
    CHECK(text != NULL);
    field read = room(text[0] == '-' ? 0 : strlen(text) / 2);
    for (size_t i = 0; i < read.length; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        read.bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return read;
}

static size_t next_number(void)
{
    const char *text = strtok(NULL, " \n");
    CHECK(text != NULL);
    return strtoul(text, NULL, 10);
}

static int same(field left, field right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0);
}

/* Boards have one engine, which is none. */
static int choose_engine(unsigned number)
{
#ifdef LINLI_BOARD
    engine = NULL;
    return number == 0;
#else
    engine = linli_engine_at(number);
    return engine != NULL;
#endif
}

static linli_sm4 next_key(void)
{
    linli_sm4 sm4;
    field key = next_bytes();
    CHECK(key.length == 16);
    linli_sm4_init(&sm4, engine, key.bytes);
    free(key.bytes);
    return sm4;
}

static void check_sm4(void)
{
    linli_sm4 sm4 = next_key();
    field block = next_bytes(), encrypted = next_bytes(), out = room(16);
    linli_sm4_encrypt(&sm4, out.bytes, block.bytes);
    CHECK(same(out, encrypted));
    linli_sm4_decrypt(&sm4, out.bytes, out.bytes);
    CHECK(same(out, block));
    free(block.bytes);
    free(encrypted.bytes);
    free(out.bytes);
}

static void check_sm3(void)
{
    linli_sm3 sm3;
    field message = next_bytes(), digest = next_bytes(), out = room(32);
    linli_sm3_init(&sm3, engine);
    linli_sm3_update(&sm3, message.bytes, message.length);
    linli_sm3_digest(&sm3, out.bytes);
    CHECK(same(out, digest));
    free(message.bytes);
    free(digest.bytes);
    free(out.bytes);
}

static void check_cmac(void)
{
    linli_sm4 sm4 = next_key();
    field message = next_bytes(), mac = next_bytes(), out = room(16);
    linli_cmac(&sm4, out.bytes, message.bytes, message.length);
    CHECK(same(out, mac));
    free(message.bytes);
    free(mac.bytes);
    free(out.bytes);
}

static void check_ccm(void)
{
    linli_sm4 sm4 = next_key();
    field nonce = next_bytes(), header = next_bytes(), body = next_bytes(), sealed = next_bytes();
    size_t tag_length = next_number();
    field out = room(sealed.length), opened = room(body.length);
    CHECK(linli_ccm_seal(&sm4, out.bytes, nonce.bytes, nonce.length, header.bytes, header.length,
                         body.bytes, body.length, tag_length) == 0);
    CHECK(same(out, sealed));
    CHECK(linli_ccm_open(&sm4, opened.bytes, nonce.bytes, nonce.length, header.bytes,
                         header.length, sealed.bytes, sealed.length, tag_length) == 0);
    CHECK(same(opened, body));

    /* In place, as the header allows. */
    if (body.length > 0) {
        memcpy(out.bytes, body.bytes, body.length);
    }
    CHECK(linli_ccm_seal(&sm4, out.bytes, nonce.bytes, nonce.length, header.bytes, header.length,
                         out.bytes, body.length, tag_length) == 0);
    CHECK(same(out, sealed));
    CHECK(linli_ccm_open(&sm4, out.bytes, nonce.bytes, nonce.length, header.bytes, header.length,
                         out.bytes, sealed.length, tag_length) == 0);
    CHECK(body.length == 0 || memcmp(out.bytes, body.bytes, body.length) == 0);

    /* A forgery leaves zeros. */
    sealed.bytes[sealed.length - 1] ^= 1;
    CHECK(linli_ccm_open(&sm4, opened.bytes, nonce.bytes, nonce.length, header.bytes,
                         header.length, sealed.bytes, sealed.length, tag_length) == -1);
    for (size_t i = 0; i < opened.length; i++) {
        CHECK(opened.bytes[i] == 0);
    }
    free(nonce.bytes);
    free(header.bytes);
    free(body.bytes);
    free(sealed.bytes);
    free(out.bytes);
    free(opened.bytes);
}

static void check_forged(void)
{
    linli_sm4 sm4 = next_key();
    field nonce = next_bytes(), packet = next_bytes();
    size_t header_length = next_number(), tag_length = next_number();
    field out = room(packet.length > header_length + tag_length
                         ? packet.length - header_length - tag_length
                         : 0);
    CHECK(linli_packet_open(&sm4, out.bytes, nonce.bytes, packet.bytes, packet.length,
                            header_length, tag_length) == -1);
    free(nonce.bytes);
    free(packet.bytes);
    free(out.bytes);
}

static void check_crc16(void)
{
    field data = next_bytes();
    CHECK(linli_crc16(engine, data.bytes, data.length, 0) == next_number());
    free(data.bytes);
}

static void check_crc32(void)
{
    field data = next_bytes();
    CHECK(linli_crc32(engine, data.bytes, data.length, 0) == next_number());
    free(data.bytes);
}

static void check_cobs(void)
{
    field data = next_bytes(), encoded = next_bytes();
    field out = room(data.length + 1 + data.length / 254);
    CHECK(linli_cobs_encode(out.bytes, data.bytes, data.length) == encoded.length);
    CHECK(memcmp(out.bytes, encoded.bytes, encoded.length) == 0);
    /* In place, as the header allows. */
    CHECK(linli_cobs_decode(encoded.bytes, encoded.bytes, encoded.length) ==
          (ptrdiff_t)data.length);
    CHECK(data.length == 0 || memcmp(encoded.bytes, data.bytes, data.length) == 0);
    free(data.bytes);
    free(encoded.bytes);
    free(out.bytes);
}

static void check_cobs_malformed(void)
{
    field data = next_bytes(), out = room(data.length > 0 ? data.length - 1 : 0);
    CHECK(linli_cobs_decode(out.bytes, data.bytes, data.length) == -1);
    free(data.bytes);
    free(out.bytes);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*check)(void);
    } CHECKS[] = {
        {"sm4", check_sm4},         {"sm3", check_sm3},     {"cmac", check_cmac},
        {"ccm", check_ccm},         {"forged", check_forged}, {"crc16", check_crc16},
        {"crc32", check_crc32},     {"cobs", check_cobs},
        {"cobs_malformed", check_cobs_malformed},
    };
    static char line[100000], words[100000];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line_number++;
        for (engine_number = 0; choose_engine(engine_number); engine_number++) {
            unsigned known = 0;
            memcpy(words, line, sizeof line);
            const char *name = strtok(words, " \n");
            for (size_t i = 0; i < sizeof CHECKS / sizeof CHECKS[0]; i++) {
                if (name != NULL && strcmp(name, CHECKS[i].name) == 0) {
                    CHECKS[i].check();
                    known = 1;
                }
            }
            CHECK(known);
        }
    }
    printf("%u cases\n", line_number);
    return 0;
}
