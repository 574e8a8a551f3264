/* CCM (NIST SP 800-38C, RFC 3610) and whole packets sealed with it. */
#include "bytes.h"
#include "cbc_mac.h"
#include "linli_core.h"

#include <string.h>

static int refuses(size_t nonce_length, size_t header_length, size_t body_length,
                   size_t tag_length)
{
    if (nonce_length < 7 || nonce_length > 13) {
        return 1;
    }
    if (tag_length < 4 || tag_length > 16 || tag_length % 2 != 0) {
        return 1;
    }
    /* Through uint64_t, since size_t has 32 bits on boards; 7-byte nonces leave 8 bytes of size. */
    unsigned size_bits = 8 * (15 - (unsigned)nonce_length);
    return (uint64_t)header_length >> 32 != 0 ||
           (size_bits < 64 && (uint64_t)body_length >> size_bits != 0);
}

/* Puts flags, nonce and `number` together: B_0 (SP 800-38C, A.2.1) or a counter block (A.3). */
static void format(uint8_t block[16], unsigned flags, const uint8_t *nonce, size_t nonce_length,
                   size_t number)
{
    block[0] = (uint8_t)(flags | (14 - (unsigned)nonce_length));
    memcpy(block + 1, nonce, nonce_length);
    for (size_t i = 15; i > nonce_length; i--) {
        block[i] = (uint8_t)number;
        number >>= 8;
    }
}

/* The MAC of everything before the body: B_0, and the header behind its length (A.2.2). */
static void begin(const linli_sm4 *sm4, uint8_t state[16], const uint8_t *nonce,
                  size_t nonce_length, const uint8_t *header, size_t header_length,
                  size_t body_length, size_t tag_length)
{
    unsigned flags = (header_length > 0 ? 0x40u : 0u) | ((unsigned)(tag_length - 2) / 2) << 3;
    format(state, flags, nonce, nonce_length, body_length);
    linli_sm4_encrypt(sm4, state, state);
    if (header_length == 0) {
        return;
    }
    uint8_t block[16] = {0};
    size_t filled = 2;
    if (header_length < 0xFF00u) {
        block[0] = (uint8_t)(header_length >> 8);
        block[1] = (uint8_t)header_length;
    } else {
        block[0] = 0xFF;
        block[1] = 0xFE;
        store_be32(block + 2, (uint32_t)header_length);
        filled = 6;
    }
    size_t taken = header_length < 16 - filled ? header_length : 16 - filled;
    memcpy(block + filled, header, taken);
    cbc_mac_block(sm4, state, block, 16);
    cbc_mac(sm4, state, header + taken, header_length - taken);
}

/* `in` in counter mode from counter 1 on; `out` may be `in`. */
static void counter_mode(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t length,
                         const uint8_t *nonce, size_t nonce_length)
{
    uint8_t stream[16];
    for (size_t at = 0; at < length; at += 16) {
        size_t taken = length - at < 16 ? length - at : 16;
        format(stream, 0, nonce, nonce_length, 1 + at / 16);
        linli_sm4_encrypt(sm4, stream, stream);
        for (size_t i = 0; i < taken; i++) {
            out[at + i] = in[at + i] ^ stream[i];
        }
    }
    wipe(stream, sizeof stream);
}

/* Turns the finished MAC into the tag: XOR with the encrypted counter 0 (A.3). */
static void finish(const linli_sm4 *sm4, uint8_t state[16], const uint8_t *nonce,
                   size_t nonce_length)
{
    uint8_t stream[16];
    format(stream, 0, nonce, nonce_length, 0);
    linli_sm4_encrypt(sm4, stream, stream);
    for (unsigned i = 0; i < 16; i++) {
        state[i] ^= stream[i];
    }
}

int linli_ccm_seal(const linli_sm4 *sm4, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *body,
                   size_t body_length, size_t tag_length)
{
    uint8_t tag[16];
    if (refuses(nonce_length, header_length, body_length, tag_length)) {
        return -1;
    }
    begin(sm4, tag, nonce, nonce_length, header, header_length, body_length, tag_length);
    cbc_mac(sm4, tag, body, body_length);
    counter_mode(sm4, out, body, body_length, nonce, nonce_length);
    finish(sm4, tag, nonce, nonce_length);
    memcpy(out + body_length, tag, tag_length);
    return 0;
}

int linli_ccm_open(const linli_sm4 *sm4, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *sealed,
                   size_t sealed_length, size_t tag_length)
{
    uint8_t tag[16];
    uint8_t difference = 0;
    if (sealed_length < tag_length) {
        return -1;
    }
    size_t body_length = sealed_length - tag_length;
    if (refuses(nonce_length, header_length, body_length, tag_length)) {
        return -1;
    }
    begin(sm4, tag, nonce, nonce_length, header, header_length, body_length, tag_length);
    counter_mode(sm4, out, sealed, body_length, nonce, nonce_length);
    cbc_mac(sm4, tag, out, body_length);
    finish(sm4, tag, nonce, nonce_length);
    for (size_t i = 0; i < tag_length; i++) {
        difference |= (uint8_t)(tag[i] ^ sealed[body_length + i]);
    }
    wipe(tag, sizeof tag); /* of a forgery, it is the tag that would have passed */
    if (difference != 0) {
        wipe(out, body_length);
        return -1;
    }
    return 0;
}

int linli_packet_seal(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                      const uint8_t *header, size_t header_length, const uint8_t *body,
                      size_t body_length, size_t tag_length)
{
    if (linli_ccm_seal(sm4, out + header_length, nonce, 12, header, header_length, body,
                       body_length, tag_length) != 0) {
        return -1;
    }
    if (header_length > 0) {
        memcpy(out, header, header_length);
    }
    return 0;
}

int linli_packet_open(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                      const uint8_t *packet, size_t packet_length, size_t header_length,
                      size_t tag_length)
{
    if (packet_length < header_length) {
        return -1;
    }
    return linli_ccm_open(sm4, out, nonce, 12, packet, header_length, packet + header_length,
                          packet_length - header_length, tag_length);
}
