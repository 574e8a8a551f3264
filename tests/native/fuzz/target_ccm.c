/* CCM on any engine against the portable one, and packets against CCM. */
#include "sealing.h"

static int seal(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                const uint8_t *header, size_t header_length, const uint8_t *body,
                size_t body_length, size_t tag_length)
{
    return linli_ccm_seal(key, out, nonce, nonce_length, header, header_length, body, body_length,
                          tag_length);
}

static int open(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                const uint8_t *header, size_t header_length, const uint8_t *sealed,
                size_t sealed_length, size_t tag_length)
{
    return linli_ccm_open(key, out, nonce, nonce_length, header, header_length, sealed,
                          sealed_length, tag_length);
}

/* Any bytes as a packet: opened as its parts are, also where header and tag are not all there. */
static void check_packet(const linli_sm4 *sm4, const uint8_t nonce[12], size_t header_length,
                         size_t tag_length, const uint8_t *bytes, size_t length)
{
    uint8_t *packet = copy(bytes, length);
    size_t body_length =
        length > header_length + tag_length ? length - header_length - tag_length : 0;
    uint8_t *out = room(body_length), *by_ccm = room(body_length);
    int result =
        linli_packet_open(sm4, out, nonce, packet, length, header_length, tag_length);
    if (length < header_length) {
        CHECK(result == -1);
    } else {
        CHECK(linli_ccm_open(sm4, by_ccm, nonce, 12, packet, header_length, packet + header_length,
                             length - header_length, tag_length) == result);
    }
    CHECK(same(out, by_ccm, body_length));
    free(packet);
    free(out);
    free(by_ccm);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    input in = {bytes, length};
    uint8_t key[16], nonce[12];
    linli_sm4 portable, sm4;
    surroundings with = take_surroundings(&in, 16);
    size_t bit = take_below(&in, 65536);
    take(&in, key, sizeof key);
    take(&in, nonce, sizeof nonce);
    int tag_is_lawful = with.tag_length >= 4 && with.tag_length <= 16 && with.tag_length % 2 == 0;
    with.lawful = tag_is_lawful && with.nonce_length >= 7 && with.nonce_length <= 13;
    linli_sm4_init(&portable, NULL, key);
    linli_sm4_init(&sm4, take_engine(&in), key);
    sealer expected = {&portable, seal, open}, found = {&sm4, seal, open};
    check_open(found, expected, with, in.bytes, in.length);
    check_seal(found, expected, with, in.bytes, in.length, bit);
    check_packet(&sm4, nonce, with.header_length, with.tag_length, in.bytes, in.length);
    free_surroundings(with);
    return 0;
}
