/* GCM on any engine, and as boards have it, against the portable one. */
#include "board_core.h"
#include "sealing.h"

static int seal(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                const uint8_t *header, size_t header_length, const uint8_t *body,
                size_t body_length, size_t tag_length)
{
    return linli_gcm_seal(key, out, nonce, nonce_length, header, header_length, body, body_length,
                          tag_length);
}

static int open(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                const uint8_t *header, size_t header_length, const uint8_t *sealed,
                size_t sealed_length, size_t tag_length)
{
    return linli_gcm_open(key, out, nonce, nonce_length, header, header_length, sealed,
                          sealed_length, tag_length);
}

static int seal_on_board(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                         const uint8_t *header, size_t header_length, const uint8_t *body,
                         size_t body_length, size_t tag_length)
{
    return board_gcm_seal(key, out, nonce, nonce_length, header, header_length, body, body_length,
                          tag_length);
}

static int open_on_board(const void *key, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                         const uint8_t *header, size_t header_length, const uint8_t *sealed,
                         size_t sealed_length, size_t tag_length)
{
    return board_gcm_open(key, out, nonce, nonce_length, header, header_length, sealed,
                          sealed_length, tag_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    input in = {bytes, length};
    uint8_t key[16];
    linli_gcm portable, gcm;
    surroundings with = take_surroundings(&in, 60);
    size_t bit = take_below(&in, 65536);
    take(&in, key, sizeof key);
    with.lawful = with.nonce_length > 0 && (with.tag_length == 4 || with.tag_length == 8 ||
                                            (with.tag_length >= 12 && with.tag_length <= 16));
    linli_gcm_init(&portable, NULL, key);
    linli_gcm_init(&gcm, take_engine(&in), key);
    sealer expected = {&portable, seal, open}, found = {&gcm, seal, open};
    sealer board = {&portable, seal_on_board, open_on_board};
    check_open(board, expected, with, in.bytes, in.length);
    check_seal(board, expected, with, in.bytes, in.length, bit);
    check_open(found, expected, with, in.bytes, in.length);
    check_seal(found, expected, with, in.bytes, in.length, bit);
    free_surroundings(with);
    return 0;
}
