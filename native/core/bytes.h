/* Words in big-endian byte order, rotations, and how secrets are compared and overwritten. */
#ifndef LINLI_BYTES_H
#define LINLI_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t load_be32(const uint8_t *bytes)
{
    return ((uint32_t)bytes[0] << 24) | ((uint32_t)bytes[1] << 16) | ((uint32_t)bytes[2] << 8) |
           bytes[3];
}

static inline void store_be32(uint8_t *bytes, uint32_t word)
{
    bytes[0] = (uint8_t)(word >> 24);
    bytes[1] = (uint8_t)(word >> 16);
    bytes[2] = (uint8_t)(word >> 8);
    bytes[3] = (uint8_t)word;
}

/* `bits` is 1 to 31. */
static inline uint32_t rotate_left(uint32_t word, unsigned bits)
{
    return (word << bits) | (word >> (32 - bits));
}

/* Whether any byte differs; the time tells nothing of which. */
static inline int differ(const uint8_t *left, const uint8_t *right, size_t length)
{
    uint8_t difference = 0;
    for (size_t i = 0; i < length; i++) {
        difference |= (uint8_t)(left[i] ^ right[i]);
    }
    return difference != 0;
}

/* In a way that the compiler must keep, though nobody reads the memory again. */
static inline void wipe(void *memory, size_t length)
{
#ifdef __GNUC__
    if (length > 0) { /* else the pointer may be NULL, which memset must not get */
        memset(memory, 0, length);
    }
    __asm__ volatile("" : : "r"(memory) : "memory");
#else
    volatile uint8_t *bytes = memory;
    while (length-- > 0) {
        *bytes++ = 0;
    }
#endif
}

#endif
