/* What the fuzz targets share: numbers and bytes from libFuzzer's input, and exact buffers. */
#ifndef LINLI_FUZZ_INPUT_H
#define LINLI_FUZZ_INPUT_H

#include "linli_engines.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What is left of the input. */
typedef struct {
    const uint8_t *bytes;
    size_t length;
} input;

/* Copies the next bytes; zeros behind the end. */
static inline void take(input *from, void *to, size_t length)
{
    size_t taken = length < from->length ? length : from->length;
    memset(to, 0, length);
    if (taken > 0) {
        memcpy(to, from->bytes, taken);
        from->bytes += taken;
        from->length -= taken;
    }
}

static inline size_t take_below(input *from, size_t limit)
{
    uint8_t bytes[2];
    take(from, bytes, limit > 256 ? 2 : 1);
    return (bytes[0] + (limit > 256 ? 256u * bytes[1] : 0u)) % limit;
}

static inline const linli_engine *take_engine(input *from)
{
    size_t count = 0;
    while (linli_engine_at(count) != NULL) {
        count++;
    }
    return linli_engine_at(take_below(from, count));
}

/* Memory of exactly this size, filled with AA; NULL, which must never be looked at, for none. */
static inline uint8_t *room(size_t length)
{
    uint8_t *made = length > 0 ? malloc(length) : NULL;
    CHECK(made != NULL || length == 0);
    if (length > 0) {
        memset(made, 0xAA, length);
    }
    return made;
}

/* A copy with room for `more` bytes behind it. */
static inline uint8_t *copy_with_room(const uint8_t *bytes, size_t length, size_t more)
{
    uint8_t *made = room(length + more);
    if (length > 0) {
        memcpy(made, bytes, length);
    }
    return made;
}

static inline uint8_t *copy(const uint8_t *bytes, size_t length)
{
    return copy_with_room(bytes, length, 0);
}

static inline int same(const uint8_t *left, const uint8_t *right, size_t length)
{
    return length == 0 || memcmp(left, right, length) == 0;
}

static inline int all_are(const uint8_t *bytes, size_t length, uint8_t value)
{
    uint8_t other = 0;
    for (size_t i = 0; i < length; i++) {
        other |= (uint8_t)(bytes[i] ^ value);
    }
    return other == 0;
}

#endif
