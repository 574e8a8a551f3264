/* Sealed packets as frames: see protocol/linli_protocol/framing.py for what a frame is. */
#include "linli_core.h"

#include <string.h>

/*
 * The packet is made where the encoding, done from the room's other end, never overtakes it: COBS
 * puts one byte before all and one before every further 254.
 */
ptrdiff_t linli_frame_seal(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                           const uint8_t *header, size_t header_length, const uint8_t *body,
                           size_t body_length, size_t tag_length)
{
    size_t length = header_length + body_length + tag_length;
    uint8_t *packet = out + 2 + (length + 1) / 254;
    if (linli_packet_seal(sm4, packet, nonce, header, header_length, body, body_length,
                          tag_length) != 0) {
        return -1;
    }
    uint16_t crc = linli_crc16(sm4->engine, packet, length, 0);
    packet[length] = (uint8_t)crc;
    packet[length + 1] = (uint8_t)(crc >> 8);
    size_t encoded = linli_cobs_encode(out + 1, packet, length + 2);
    out[0] = 0;
    out[1 + encoded] = 0;
    return (ptrdiff_t)(encoded + 2);
}

/* The packet's length, or what is wrong with the frame. */
static ptrdiff_t decode(const linli_engine *engine, uint8_t *out, const uint8_t *frame,
                        size_t length)
{
    if (length > 0 && frame[0] == 0) {
        frame++;
        length--;
    }
    if (length > 0 && frame[length - 1] == 0) {
        length--;
    }
    ptrdiff_t decoded = linli_cobs_decode(out, frame, length);
    if (decoded < 2) {
        return LINLI_FRAME_MALFORMED;
    }
    size_t packet = (size_t)decoded - 2;
    unsigned crc = out[packet] | (unsigned)out[packet + 1] << 8;
    return linli_crc16(engine, out, packet, 0) == crc ? (ptrdiff_t)packet : LINLI_FRAME_DAMAGED;
}

static ptrdiff_t open(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                      const uint8_t *frame, size_t frame_length, size_t header_length,
                      size_t tag_length)
{
    ptrdiff_t decoded = decode(sm4->engine, out, frame, frame_length);
    if (decoded < 0) {
        return decoded;
    }
    size_t packet = (size_t)decoded;
    if (packet < header_length || packet - header_length < tag_length) {
        return LINLI_FRAME_MALFORMED;
    }
    uint8_t *body = out + header_length;
    if (linli_ccm_open(sm4, body, nonce, 12, out, header_length, body, packet - header_length,
                       tag_length) != 0) {
        return LINLI_FRAME_FORGED;
    }
    return (ptrdiff_t)(packet - tag_length);
}

/* Leaves no part of what was refused. */
static ptrdiff_t clear_if_refused(ptrdiff_t result, uint8_t *out, size_t length)
{
    if (result < 0 && length > 0) {
        memset(out, 0, length);
    }
    return result;
}

ptrdiff_t linli_frame_decode(const linli_engine *engine, uint8_t *out, const uint8_t *frame,
                             size_t length)
{
    return clear_if_refused(decode(engine, out, frame, length), out, length);
}

ptrdiff_t linli_frame_open(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                           const uint8_t *frame, size_t frame_length, size_t header_length,
                           size_t tag_length)
{
    ptrdiff_t result = open(sm4, out, nonce, frame, frame_length, header_length, tag_length);
    return clear_if_refused(result, out, frame_length);
}
