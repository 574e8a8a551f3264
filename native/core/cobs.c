/* Consistent Overhead Byte Stuffing. */
#include "linli_core.h"

size_t linli_cobs_encode(uint8_t *out, const uint8_t *data, size_t length)
{
    size_t start = 0; /* where the open block's length byte lies */
    size_t end = 1;
    for (size_t i = 0; i < length; i++) {
        if (end - start == 255) {
            out[start] = 255;
            start = end++;
        }
        if (data[i] != 0) {
            out[end++] = data[i];
        } else {
            out[start] = (uint8_t)(end - start);
            start = end++;
        }
    }
    out[start] = (uint8_t)(end - start);
    return end;
}

ptrdiff_t linli_cobs_decode(uint8_t *out, const uint8_t *data, size_t length)
{
    size_t at = 0;
    size_t end = 0;
    if (length == 0) {
        return -1;
    }
    while (at < length) {
        size_t block = data[at];
        if (block == 0 || block > length - at) {
            return -1;
        }
        for (size_t i = 1; i < block; i++) {
            if (data[at + i] == 0) {
                return -1;
            }
            out[end++] = data[at + i];
        }
        at += block;
        if (block < 255 && at < length) {
            out[end++] = 0;
        }
    }
    return (ptrdiff_t)end;
}
