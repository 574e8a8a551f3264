/* COBS: hosts and boards take and give the same, and what is encoded can be decoded. */
#include "board_core.h"
#include "input.h"

static void check_decode(const uint8_t *bytes, size_t length)
{
    size_t most = length > 0 ? length - 1 : 0;
    uint8_t *data = copy(bytes, length);
    uint8_t *by_host = room(most), *by_board = room(most);
    ptrdiff_t decoded = linli_cobs_decode(by_host, data, length);
    CHECK(board_cobs_decode(by_board, data, length) == decoded);
    CHECK(same(data, bytes, length));
    CHECK(decoded >= -1 && decoded <= (ptrdiff_t)most);
    CHECK(linli_cobs_decode(data, data, length) == decoded);
    if (decoded >= 0) {
        CHECK(same(by_host, by_board, (size_t)decoded));
        CHECK(same(by_host, data, (size_t)decoded));
        CHECK(all_are(by_host + decoded, most - (size_t)decoded, 0xAA));
    }
    free(data);
    free(by_host);
    free(by_board);
}

static void check_encode(const uint8_t *bytes, size_t length)
{
    size_t most = length > 0 ? length + 1 + (length - 1) / 254 : 1;
    uint8_t *data = copy(bytes, length);
    uint8_t *by_host = room(most), *by_board = room(most), *in_place = room(most);
    size_t encoded = linli_cobs_encode(by_host, data, length);
    CHECK(board_cobs_encode(by_board, data, length) == encoded);
    CHECK(encoded > length && encoded <= most);
    CHECK(memchr(by_host, 0, encoded) == NULL);
    CHECK(same(by_host, by_board, encoded));
    if (length > 0) {
        memcpy(in_place + most - length, bytes, length);
    }
    CHECK(linli_cobs_encode(in_place, in_place + most - length, length) == encoded);
    CHECK(same(by_host, in_place, encoded));
    CHECK(linli_cobs_decode(in_place, in_place, encoded) == (ptrdiff_t)length);
    CHECK(same(in_place, bytes, length));
    free(data);
    free(by_host);
    free(by_board);
    free(in_place);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    check_decode(bytes, length);
    check_encode(bytes, length);
    return 0;
}
