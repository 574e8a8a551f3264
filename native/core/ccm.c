/* CCM (NIST SP 800-38C, RFC 3610) and whole packets sealed with it. */
#include "blocks.h"
#include "bytes.h"
#include "ccm.h"

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
    /* Shifted by constants: of others, 32-bit boards have 64-bit shifts in a library only. */
    for (size_t i = nonce_length; i < 15; i++) {
        body_length >>= 8;
    }
    return (uint64_t)header_length >> 32 != 0 || body_length != 0;
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

/*
 * What the MAC takes before the body (A.2.2) is B_0, the header behind its length, and zeros to a
 * whole block; what of it fits goes through the same pass as the body, where it costs least.
 */
void linli_ccm_run(const linli_sm4 *sm4, linli_ccm_pass *pass, uint8_t *out, const uint8_t *nonce,
                   size_t nonce_length, const uint8_t *header, size_t header_length,
                   const uint8_t *body, size_t body_length, size_t tag_length)
{
    uint8_t prefix[32] = {0};
    unsigned flags = (header_length > 0 ? 0x40u : 0u) | ((unsigned)(tag_length - 2) / 2) << 3;
    size_t blocks = 1;
    memset(pass->mac, 0, 16);
    format(pass->counter, 0, nonce, nonce_length, 0);
    format(prefix, flags, nonce, nonce_length, body_length);
    if (header_length > 0) {
        size_t filled = 18;
        if (header_length < 0xFF00u) {
            prefix[16] = (uint8_t)(header_length >> 8);
            prefix[17] = (uint8_t)header_length;
        } else {
            prefix[16] = 0xFF;
            prefix[17] = 0xFE;
            store_be32(prefix + 18, (uint32_t)header_length);
            filled = 22;
        }
        size_t taken = header_length < 32 - filled ? header_length : 32 - filled;
        memcpy(prefix + filled, header, taken);
        header += taken;
        header_length -= taken;
        blocks = 2;
    }
    if (header_length > 0) {
        size_t last = (header_length - 1) % 16 + 1;
        blocks_chain(sm4, pass->mac, NULL, prefix, 2);
        blocks_chain(sm4, pass->mac, NULL, header, (header_length - last) / 16);
        memset(prefix, 0, 16);
        memcpy(prefix, header + header_length - last, last);
        blocks = 1;
    }
    blocks_ccm(sm4, pass, prefix, blocks, out, body, body_length);
    for (unsigned i = 0; i < 16; i++) {
        pass->mac[i] ^= pass->mask[i];
    }
    wipe(pass->mask, sizeof pass->mask);
}

int linli_ccm_seal(const linli_sm4 *sm4, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *body,
                   size_t body_length, size_t tag_length)
{
    linli_ccm_pass pass;
    if (refuses(nonce_length, header_length, body_length, tag_length)) {
        return -1;
    }
    pass.opening = 0;
    linli_ccm_run(sm4, &pass, out, nonce, nonce_length, header, header_length, body, body_length,
                  tag_length);
    memcpy(out + body_length, pass.mac, tag_length);
    wipe(pass.mac, sizeof pass.mac); /* more of the tag than is told */
    return 0;
}

int linli_ccm_open(const linli_sm4 *sm4, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *sealed,
                   size_t sealed_length, size_t tag_length)
{
    linli_ccm_pass pass;
    if (sealed_length < tag_length) {
        return -1;
    }
    size_t body_length = sealed_length - tag_length;
    if (refuses(nonce_length, header_length, body_length, tag_length)) {
        return -1;
    }
    pass.opening = 1;
    linli_ccm_run(sm4, &pass, out, nonce, nonce_length, header, header_length, sealed, body_length,
                  tag_length);
    int forged = differ(pass.mac, sealed + body_length, tag_length);
    wipe(pass.mac, sizeof pass.mac); /* of a forgery, it is the tag that would have passed */
    if (forged) {
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
