/* Consistent Overhead Byte Stuffing. */
#include "linli_core.h"

#include <string.h>

/* Hosts look at eight bytes at a time; on boards the code would be larger than what it gains. */
#if !defined(LINLI_BOARD) && defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WORDS 1
#else
#define WORDS 0
#endif

#if WORDS

static uint64_t load_word(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The top bit of each byte that is zero. */
static uint64_t zeros_in(uint64_t word)
{
    const uint64_t low_bits = 0x7F7F7F7F7F7F7F7Fu;
    return ~(((word & low_bits) + low_bits) | word | low_bits);
}

#endif

/*
 * Every byte of data has one byte of output, zeros the length byte of the block that they end or
 * begin. It is written behind the reading: `data` may lie ahead of it in the same room.
 */
size_t linli_cobs_encode(uint8_t *out, const uint8_t *data, size_t length)
{
    size_t start = 0; /* where the open block's length byte lies */
    size_t end = 1;
    size_t i = 0;
    while (i < length) {
#if WORDS
        if (length - i >= 8 && end - start <= 255 - 8) {
            uint64_t word = load_word(data + i);
            memcpy(out + end, &word, sizeof word);
            for (uint64_t zeros = zeros_in(word); zeros != 0; zeros &= zeros - 1) {
                size_t at = end + (size_t)__builtin_ctzll(zeros) / 8;
                out[start] = (uint8_t)(at - start);
                start = at;
            }
            end += 8;
            i += 8;
            continue;
        }
#endif
        if (end - start == 255) {
            out[start] = 255;
            start = end++;
        }
        uint8_t byte = data[i++];
        if (byte != 0) {
            out[end++] = byte;
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
        size_t i = 1;
        if (block == 0 || block > length - at) {
            return -1;
        }
#if WORDS
        for (; block - i >= 8; i += 8) {
            uint64_t word = load_word(data + at + i);
            if (zeros_in(word) != 0) {
                return -1;
            }
            memcpy(out + end, &word, sizeof word);
            end += 8;
        }
#endif
        for (; i < block; i++) {
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
