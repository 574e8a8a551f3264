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

/* Encrypted, and that encrypted, and so on. */
static void check_repeated(void)
{
    linli_sm4 sm4 = next_key();
    field block = next_bytes();
    size_t times = next_number();
    field encrypted = next_bytes();
    for (size_t i = 0; i < times; i++) {
        linli_sm4_encrypt(&sm4, block.bytes, block.bytes);
    }
    CHECK(same(block, encrypted));
    free(block.bytes);
    free(encrypted.bytes);
}

static void check_ecb(void)
{
    linli_sm4 sm4 = next_key();
    field plain = next_bytes(), encrypted = next_bytes(), out = room(plain.length);
    linli_ecb_encrypt(&sm4, out.bytes, plain.bytes, plain.length / 16);
    CHECK(same(out, encrypted));
    linli_ecb_decrypt(&sm4, out.bytes, out.bytes, out.length / 16);
    CHECK(same(out, plain));
    free(plain.bytes);
    free(encrypted.bytes);
    free(out.bytes);
}

/* Each message in two calls, the second of which goes on where the first left `iv`. */
static void check_cbc(void)
{
    linli_sm4 sm4 = next_key();
    field iv = next_bytes(), plain = next_bytes(), encrypted = next_bytes();
    field out = room(plain.length);
    uint8_t chain[16];
    size_t blocks = plain.length / 16, half = blocks / 2;
    memcpy(chain, iv.bytes, 16);
    linli_cbc_encrypt(&sm4, chain, out.bytes, plain.bytes, half);
    linli_cbc_encrypt(&sm4, chain, out.bytes + 16 * half, plain.bytes + 16 * half, blocks - half);
    CHECK(same(out, encrypted));
    memcpy(chain, iv.bytes, 16);
    linli_cbc_decrypt(&sm4, chain, out.bytes, out.bytes, half);
    linli_cbc_decrypt(&sm4, chain, out.bytes + 16 * half, out.bytes + 16 * half, blocks - half);
    CHECK(same(out, plain));
    free(iv.bytes);
    free(plain.bytes);
    free(encrypted.bytes);
    free(out.bytes);
}

static void check_ctr(void)
{
    linli_sm4 sm4 = next_key();
    field counter = next_bytes(), plain = next_bytes(), encrypted = next_bytes();
    field out = room(plain.length);
    uint8_t next[16];
    size_t half = plain.length / 32 * 16;
    memcpy(next, counter.bytes, 16);
    linli_ctr(&sm4, next, out.bytes, plain.bytes, half);
    linli_ctr(&sm4, next, out.bytes + half, plain.bytes + half, plain.length - half);
    CHECK(same(out, encrypted));
    memcpy(next, counter.bytes, 16);
    linli_ctr(&sm4, next, out.bytes, out.bytes, out.length);
    CHECK(same(out, plain));
    free(counter.bytes);
    free(plain.bytes);
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

static void check_hmac(void)
{
    field key = next_bytes(), message = next_bytes(), code = next_bytes(), out = room(32);
    linli_hmac hmac;
    size_t half = message.length / 2;
    linli_hmac_sm3(engine, out.bytes, key.bytes, key.length, message.bytes, message.length);
    CHECK(same(out, code));
    linli_hmac_init(&hmac, engine, key.bytes, key.length);
    linli_hmac_update(&hmac, message.bytes, half);
    linli_hmac_digest(&hmac, out.bytes); /* may be asked for in between */
    if (message.length > 0) {
        linli_hmac_update(&hmac, message.bytes + half, message.length - half);
    }
    linli_hmac_digest(&hmac, out.bytes);
    CHECK(same(out, code));
    linli_hmac_wipe(&hmac);
    for (size_t i = 0; i < 8; i++) {
        CHECK(hmac.inner.state[i] == 0 && hmac.outer.state[i] == 0);
    }
    free(key.bytes);
    free(message.bytes);
    free(code.bytes);
    free(out.bytes);
}

static void check_kdf(void)
{
    linli_sm4 sm4 = next_key();
    field label = next_bytes(), context = next_bytes(), derived = next_bytes();
    field out = room(derived.length);
    CHECK(linli_kdf(&sm4, out.bytes, out.length, label.bytes, label.length, context.bytes,
                    context.length) == 0);
    CHECK(same(out, derived));
    /* Refused, nothing written: an empty label, no length, one too long, a zero in the label. */
    CHECK(linli_kdf(&sm4, NULL, 16, NULL, 0, context.bytes, context.length) == -1);
    CHECK(linli_kdf(&sm4, NULL, 0, label.bytes, label.length, NULL, 0) == -1);
    CHECK(linli_kdf(&sm4, NULL, 4081, label.bytes, label.length, NULL, 0) == -1);
    label.bytes[label.length - 1] = 0;
    CHECK(linli_kdf(&sm4, NULL, 16, label.bytes, label.length, NULL, 0) == -1);
    free(label.bytes);
    free(context.bytes);
    free(derived.bytes);
    free(out.bytes);
}

/* One of the two modes that seal. */
typedef struct {
    const linli_sm4 *sm4; /* CCM's key, or NULL */
    const linli_gcm *gcm;
    field nonce, header;
    size_t tag_length;
} mode;

static int seal(const mode *with, uint8_t *out, const uint8_t *body, size_t length)
{
    const field *nonce = &with->nonce, *header = &with->header;
    return with->sm4 != NULL
               ? linli_ccm_seal(with->sm4, out, nonce->bytes, nonce->length, header->bytes,
                                header->length, body, length, with->tag_length)
               : linli_gcm_seal(with->gcm, out, nonce->bytes, nonce->length, header->bytes,
                                header->length, body, length, with->tag_length);
}

static int open(const mode *with, uint8_t *out, const uint8_t *sealed, size_t length)
{
    const field *nonce = &with->nonce, *header = &with->header;
    return with->sm4 != NULL
               ? linli_ccm_open(with->sm4, out, nonce->bytes, nonce->length, header->bytes,
                                header->length, sealed, length, with->tag_length)
               : linli_gcm_open(with->gcm, out, nonce->bytes, nonce->length, header->bytes,
                                header->length, sealed, length, with->tag_length);
}

static void check_sealing(mode *with)
{
    with->nonce = next_bytes();
    with->header = next_bytes();
    field body = next_bytes(), sealed = next_bytes();
    with->tag_length = next_number();
    field out = room(sealed.length), opened = room(body.length);
    CHECK(seal(with, out.bytes, body.bytes, body.length) == 0);
    CHECK(same(out, sealed));
    CHECK(open(with, opened.bytes, sealed.bytes, sealed.length) == 0);
    CHECK(same(opened, body));

    /* In place, as the header allows. */
    if (body.length > 0) {
        memcpy(out.bytes, body.bytes, body.length);
    }
    CHECK(seal(with, out.bytes, out.bytes, body.length) == 0);
    CHECK(same(out, sealed));
    CHECK(open(with, out.bytes, out.bytes, sealed.length) == 0);
    CHECK(body.length == 0 || memcmp(out.bytes, body.bytes, body.length) == 0);

    /* A forgery leaves zeros. */
    sealed.bytes[sealed.length - 1] ^= 1;
    CHECK(open(with, opened.bytes, sealed.bytes, sealed.length) == -1);
    for (size_t i = 0; i < opened.length; i++) {
        CHECK(opened.bytes[i] == 0);
    }
    CHECK(open(with, NULL, sealed.bytes, with->tag_length - 1) == -1);
    free(with->nonce.bytes);
    free(with->header.bytes);
    free(body.bytes);
    free(sealed.bytes);
    free(out.bytes);
    free(opened.bytes);
}

static void check_ccm(void)
{
    linli_sm4 sm4 = next_key();
    mode ccm = {.sm4 = &sm4};
    check_sealing(&ccm);
}

static void check_gcm(void)
{
    linli_gcm gcm;
    mode with = {.gcm = &gcm};
    field key = next_bytes();
    linli_gcm_init(&gcm, engine, key.bytes);
    free(key.bytes);
    check_sealing(&with);
    linli_gcm_wipe(&gcm);
    for (size_t i = 0; i < sizeof gcm.powers / sizeof gcm.powers[0]; i++) {
        CHECK(gcm.powers[i] == 0 && gcm.sm4.round_keys[i] == 0);
    }
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
    size_t crc = next_number(), half = data.length / 2;
    CHECK(linli_crc16(engine, data.bytes, data.length, 0) == crc);
    uint16_t first = linli_crc16(engine, data.bytes, half, 0);
    CHECK(half == 0 || linli_crc16(engine, data.bytes + half, data.length - half, first) == crc);
    free(data.bytes);
}

static void check_crc32(void)
{
    field data = next_bytes();
    size_t crc = next_number(), half = data.length / 2;
    CHECK(linli_crc32(engine, data.bytes, data.length, 0) == crc);
    uint32_t first = linli_crc32(engine, data.bytes, half, 0);
    CHECK(half == 0 || linli_crc32(engine, data.bytes + half, data.length - half, first) == crc);
    free(data.bytes);
}

static void check_cobs(void)
{
    field data = next_bytes(), encoded = next_bytes();
    field out = room(data.length > 0 ? data.length + 1 + (data.length - 1) / 254 : 1);
    CHECK(linli_cobs_encode(out.bytes, data.bytes, data.length) == encoded.length);
    CHECK(memcmp(out.bytes, encoded.bytes, encoded.length) == 0);
    /* In place, as the header allows. */
    if (data.length > 0) {
        uint8_t *end = out.bytes + out.length - data.length;
        memcpy(end, data.bytes, data.length);
        CHECK(linli_cobs_encode(out.bytes, end, data.length) == encoded.length);
        CHECK(memcmp(out.bytes, encoded.bytes, encoded.length) == 0);
    }
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

/* `length` bytes of `bytes` at their exact size, and room for an answer as long. */
typedef struct {
    field frame, out;
} candidate;

static candidate copy_of(const uint8_t *bytes, size_t length)
{
    candidate made = {room(length), room(length)};
    if (length > 0) {
        memcpy(made.frame.bytes, bytes, length);
        memset(made.out.bytes, 0xAA, length);
    }
    return made;
}

static void release(candidate made)
{
    free(made.frame.bytes);
    free(made.out.bytes);
}

static int all_zeros(field bytes)
{
    uint8_t all = 0;
    for (size_t i = 0; i < bytes.length; i++) {
        all |= bytes.bytes[i];
    }
    return all == 0;
}

/* A packet's frame, with and without its zeros, into another buffer and in place. */
static void check_frame(void)
{
    field packet = next_bytes(), frame = next_bytes();
    for (unsigned cut = 0; cut < 4; cut++) {
        size_t length = frame.length - cut % 2 - cut / 2;
        candidate made = copy_of(frame.bytes + cut % 2, length);
        CHECK(linli_frame_decode(engine, made.out.bytes, made.frame.bytes, length) ==
              (ptrdiff_t)packet.length);
        CHECK(packet.length == 0 || memcmp(made.out.bytes, packet.bytes, packet.length) == 0);
        CHECK(linli_frame_decode(engine, made.frame.bytes, made.frame.bytes, length) ==
              (ptrdiff_t)packet.length);
        CHECK(packet.length == 0 || memcmp(made.frame.bytes, packet.bytes, packet.length) == 0);
        release(made);
    }
    free(packet.bytes);
    free(frame.bytes);
}

/* Refused as said, by those that only decode and those that open too. */
static void refuse_frame(const linli_sm4 *sm4, const uint8_t *frame, size_t length,
                         size_t header_length, size_t tag_length, ptrdiff_t decoded,
                         ptrdiff_t opened)
{
    static const uint8_t NONCE[12];
    candidate made = copy_of(frame, length);
    CHECK(linli_frame_decode(engine, made.out.bytes, made.frame.bytes, length) == decoded);
    CHECK(decoded >= 0 || all_zeros(made.out));
    CHECK(linli_frame_open(sm4, made.out.bytes, NONCE, made.frame.bytes, length, header_length,
                           tag_length) == opened);
    CHECK(all_zeros(made.out));
    CHECK(linli_frame_open(sm4, made.frame.bytes, NONCE, made.frame.bytes, length, header_length,
                           tag_length) == opened);
    CHECK(all_zeros(made.frame));
    release(made);
}

/* Sealed and framed in one, to exactly the room that the header asks for. */
static void check_sealed_frame(void)
{
    linli_sm4 sm4 = next_key();
    field nonce = next_bytes(), header = next_bytes(), body = next_bytes(), frame = next_bytes();
    size_t tag_length = next_number();
    size_t packet_length = header.length + body.length + tag_length;
    field out = room(packet_length + 5 + (packet_length + 1) / 254);
    field content = room(packet_length + 2);
    CHECK(linli_frame_seal(&sm4, out.bytes, nonce.bytes, header.bytes, header.length, body.bytes,
                           body.length, tag_length) == (ptrdiff_t)frame.length);
    CHECK(memcmp(out.bytes, frame.bytes, frame.length) == 0);
    CHECK(linli_frame_seal(&sm4, NULL, nonce.bytes, header.bytes, header.length, body.bytes,
                           body.length, 17) == -1);

    candidate made = copy_of(frame.bytes, frame.length);
    size_t opened = header.length + body.length;
    for (unsigned in_place = 0; in_place < 2; in_place++) {
        uint8_t *to = in_place ? made.frame.bytes : made.out.bytes;
        CHECK(linli_frame_open(&sm4, to, nonce.bytes, made.frame.bytes, frame.length,
                               header.length, tag_length) == (ptrdiff_t)opened);
        CHECK(header.length == 0 || memcmp(to, header.bytes, header.length) == 0);
        CHECK(body.length == 0 || memcmp(to + header.length, body.bytes, body.length) == 0);
    }
    release(made);

    /* Under another nonce; then with another CRC; cut short; for a longer header; a zero more. */
    CHECK(linli_cobs_decode(content.bytes, frame.bytes + 1, frame.length - 2) ==
          (ptrdiff_t)content.length);
    refuse_frame(&sm4, frame.bytes, frame.length, header.length, tag_length,
                 (ptrdiff_t)packet_length, LINLI_FRAME_FORGED);
    content.bytes[packet_length] ^= 1;
    size_t encoded = linli_cobs_encode(out.bytes, content.bytes, content.length);
    refuse_frame(&sm4, out.bytes, encoded, header.length, tag_length, LINLI_FRAME_DAMAGED,
                 LINLI_FRAME_DAMAGED);
    refuse_frame(&sm4, frame.bytes, frame.length - 2, header.length, tag_length,
                 LINLI_FRAME_MALFORMED, LINLI_FRAME_MALFORMED);
    refuse_frame(&sm4, frame.bytes, frame.length, packet_length, tag_length,
                 (ptrdiff_t)packet_length, LINLI_FRAME_MALFORMED);
    out.bytes[encoded] = 0;
    out.bytes[encoded + 1] = 0;
    refuse_frame(&sm4, out.bytes, encoded + 2, header.length, tag_length, LINLI_FRAME_MALFORMED,
                 LINLI_FRAME_MALFORMED);
    for (size_t length = 0; length <= 3; length++) { /* nothing, zeros, an empty packet cut short */
        refuse_frame(&sm4, (const uint8_t[]){0, 0, 0}, length, 0, tag_length,
                     LINLI_FRAME_MALFORMED, LINLI_FRAME_MALFORMED);
        refuse_frame(&sm4, (const uint8_t[]){1, 1, 0}, length, 0, tag_length,
                     LINLI_FRAME_MALFORMED, LINLI_FRAME_MALFORMED);
    }
    free(nonce.bytes);
    free(header.bytes);
    free(body.bytes);
    free(frame.bytes);
    free(out.bytes);
    free(content.bytes);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*check)(void);
    } CHECKS[] = {
        {"sm4", check_sm4},     {"ecb", check_ecb},       {"cbc", check_cbc},
        {"ctr", check_ctr},     {"sm3", check_sm3},       {"hmac", check_hmac},
        {"cmac", check_cmac},   {"kdf", check_kdf},       {"ccm", check_ccm},
        {"gcm", check_gcm},     {"forged", check_forged}, {"crc16", check_crc16},
        {"crc32", check_crc32}, {"cobs", check_cobs},     {"cobs_malformed", check_cobs_malformed},
        {"frame", check_frame}, {"sealed_frame", check_sealed_frame},
        {"repeated", check_repeated},
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
