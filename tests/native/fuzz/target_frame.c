/*
 * Frames from anyone: no engine takes what another refuses, refused ones leave zeros, and opening
 * is decoding and then opening the packet.
 */
#include "input.h"

static const uint8_t KEY[16] = {1, 2, 3};
static const uint8_t NONCE[12] = {4, 5, 6};

typedef struct {
    size_t header_length, tag_length;
} lengths;

static void check_hostile(const linli_engine *engine, const uint8_t *bytes, size_t length,
                          lengths of)
{
    linli_sm4 sm4, portable;
    linli_sm4_init(&sm4, engine, KEY);
    linli_sm4_init(&portable, NULL, KEY);
    uint8_t *frame = copy(bytes, length);
    uint8_t *packet = room(length), *by_portable = room(length), *out = room(length);
    ptrdiff_t decoded = linli_frame_decode(engine, packet, frame, length);
    CHECK(linli_frame_decode(NULL, by_portable, frame, length) == decoded);
    CHECK(decoded >= 0 ? same(packet, by_portable, (size_t)decoded) : all_are(packet, length, 0));

    ptrdiff_t opened =
        linli_frame_open(&sm4, out, NONCE, frame, length, of.header_length, of.tag_length);
    CHECK(same(frame, bytes, length));
    if (decoded < 0) {
        CHECK(opened == decoded);
    } else if ((size_t)decoded < of.header_length ||
               (size_t)decoded - of.header_length < of.tag_length) {
        CHECK(opened == LINLI_FRAME_MALFORMED);
    } else {
        size_t body_length = (size_t)decoded - of.header_length - of.tag_length;
        uint8_t *body = room(body_length);
        int forged = linli_packet_open(&portable, body, NONCE, packet, (size_t)decoded,
                                       of.header_length, of.tag_length);
        CHECK(opened == (forged ? LINLI_FRAME_FORGED
                                : (ptrdiff_t)(of.header_length + body_length)));
        CHECK(forged || same(out, packet, of.header_length));
        CHECK(forged || same(out + of.header_length, body, body_length));
        free(body);
    }
    CHECK(opened >= 0 || all_are(out, length, 0));
    CHECK(linli_frame_open(&sm4, frame, NONCE, frame, length, of.header_length, of.tag_length) ==
          opened);
    CHECK(opened >= 0 ? same(frame, out, (size_t)opened) : all_are(frame, length, 0));
    free(frame);
    free(packet);
    free(by_portable);
    free(out);
}

/* Content that need not have room for a CRC. */
static void check_encoded(const linli_engine *engine, const uint8_t *content, size_t length,
                          lengths of)
{
    uint8_t *frame = room(length + 2 + length / 254);
    size_t frame_length = linli_cobs_encode(frame, content, length);
    check_hostile(engine, frame, frame_length, of);
    free(frame);
}

/* Any packet at all in a frame that is right. */
static void check_framed(const linli_engine *engine, const uint8_t *packet, size_t length,
                         lengths of)
{
    uint8_t *content = copy_with_room(packet, length, 2);
    uint16_t crc = linli_crc16(NULL, packet, length, 0);
    content[length] = (uint8_t)crc;
    content[length + 1] = (uint8_t)(crc >> 8);
    uint8_t *frame = room(length + 3 + (length + 1) / 254);
    size_t frame_length = linli_cobs_encode(frame, content, length + 2);
    uint8_t *exact = copy(frame, frame_length), *out = room(frame_length);
    CHECK(linli_frame_decode(engine, out, exact, frame_length) == (ptrdiff_t)length);
    CHECK(same(out, packet, length));
    check_hostile(engine, exact, frame_length, of);
    free(content);
    free(frame);
    free(exact);
    free(out);
}

/* The bytes sealed, opened, and refused with any one bit changed. */
static void check_sealed(const linli_engine *engine, const uint8_t *bytes, size_t length,
                         lengths of, size_t bit)
{
    linli_sm4 sm4;
    linli_sm4_init(&sm4, engine, KEY);
    size_t header_length = of.header_length < length ? of.header_length : length;
    size_t packet_length = length + of.tag_length;
    uint8_t *header = copy(bytes, header_length);
    uint8_t *body = copy(bytes + header_length, length - header_length);
    uint8_t *room_for_it = room(packet_length + 5 + (packet_length + 1) / 254);
    ptrdiff_t sealed = linli_frame_seal(&sm4, room_for_it, NONCE, header, header_length, body,
                                        length - header_length, of.tag_length);
    if (sealed < 0) {
        CHECK(of.tag_length < 4 || of.tag_length > 16 || of.tag_length % 2 != 0);
        CHECK(all_are(room_for_it, packet_length + 5 + (packet_length + 1) / 254, 0xAA));
    } else {
        size_t frame_length = (size_t)sealed;
        uint8_t *frame = copy(room_for_it, frame_length), *out = room(frame_length);
        CHECK(linli_frame_open(&sm4, out, NONCE, frame, frame_length, header_length,
                               of.tag_length) == (ptrdiff_t)length);
        CHECK(same(out, bytes, length));
        frame[bit / 8 % frame_length] ^= (uint8_t)(1u << bit % 8);
        CHECK(linli_frame_open(&sm4, out, NONCE, frame, frame_length, header_length,
                               of.tag_length) < 0);
        CHECK(all_are(out, frame_length, 0));
        free(frame);
        free(out);
    }
    free(header);
    free(body);
    free(room_for_it);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    input in = {bytes, length};
    lengths of = {.header_length = take_below(&in, 300), .tag_length = take_below(&in, 20)};
    size_t bit = take_below(&in, 65536), few = take_below(&in, 6);
    const linli_engine *engine = take_engine(&in);
    check_hostile(engine, in.bytes, in.length, of);
    check_encoded(engine, in.bytes, few < in.length ? few : in.length, of);
    check_framed(engine, in.bytes, in.length, of);
    check_sealed(engine, in.bytes, in.length, of, bit);
    return 0;
}
