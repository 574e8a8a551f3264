/* Words whose bytes in memory are in big-endian order, on machines with an instruction for it. */
#ifndef LINLI_BIG_ENDIAN_H
#define LINLI_BIG_ENDIAN_H

#include "bytes.h"

#include <stdint.h>

static inline uint32_t big_endian32(uint32_t x)
{
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap32(x);
#else
    uint8_t bytes[4];
    store_be32(bytes, x);
    memcpy(&x, bytes, 4);
    return x;
#endif
}

static inline uint64_t big_endian64(uint64_t x)
{
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(x);
#else
    uint8_t bytes[8];
    store_be32(bytes, (uint32_t)(x >> 32));
    store_be32(bytes + 4, (uint32_t)x);
    memcpy(&x, bytes, 8);
    return x;
#endif
}

#endif
