/* An engine: the jobs of core/portable.h done by one kind of processor. */
#ifndef LINLI_ENGINE_H
#define LINLI_ENGINE_H

#include "linli_engines.h"
#include "portable.h"

/*
 * 64-bit x86 as its engines' assembler has it: not x32, nor gcc for Windows, which does not align
 * the stack for AVX (its bug 54412).
 */
#if defined(__GNUC__) && defined(__x86_64__) && !defined(__ILP32__) &&                             \
    (!defined(_WIN32) || defined(__clang__))
#define LINLI_X86_64
#endif

/* One message of a batch; header and body lie behind one another. */
typedef struct {
    const uint32_t *round_keys;
    const uint8_t *nonce; /* 12 bytes */
    const uint8_t *in;
    uint8_t *out;
    size_t body_length;
    uint8_t tag[16]; /* written: the tag that is right, all of it */
} linli_lane;

struct linli_engine {
    const char *name;
    int constant_time;

    /* Whether this processor has the instructions. */
    int (*usable)(void);

    /* See core/portable.h. */
    void (*schedule)(uint32_t round_keys[32], const uint8_t key[16]);
    void (*encrypt)(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in, size_t blocks);
    void (*counter)(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in, size_t length,
                    uint8_t counter[16]);
    void (*chain)(const uint32_t round_keys[32], uint8_t state[16], uint8_t *out,
                  const uint8_t *data, size_t blocks);
    void (*ccm)(const uint32_t round_keys[32], linli_ccm_pass *pass, const uint8_t *prefix,
                size_t prefix_blocks, uint8_t *out, const uint8_t *in, size_t length);
    void (*sm3)(uint32_t state[8], const uint8_t *data, size_t blocks);
    uint16_t (*crc16)(const uint8_t *data, size_t length, uint16_t crc);
    uint32_t (*crc32)(const uint8_t *data, size_t length, uint32_t crc);
    void (*ghash_init)(uint64_t powers[32], const uint8_t h[16]);
    void (*ghash)(const uint64_t powers[32], uint8_t state[16], const uint8_t *data,
                  size_t blocks);

    /*
     * CCM over `count` messages, at most `lanes`, each under its own key; headers of one length (at
     * most 14 bytes), tags of another. Header and body are written, the tag is left in the lane.
     * The fuller the lanes and the more alike the lengths, the faster.
     */
    size_t lanes;
    void (*ccm_lanes)(linli_lane *messages, size_t count, size_t header_length, size_t tag_length,
                      int opening);
};

#define LINLI_MAX_LANES 64

extern const linli_engine linli_engine_portable;
extern const linli_engine linli_engine_bitsliced;
#ifdef LINLI_X86_64
extern const linli_engine linli_engine_aesni;
extern const linli_engine linli_engine_aesni_avx2;
extern const linli_engine linli_engine_gfni;
extern const linli_engine linli_engine_avx512;
#endif
#if defined(__GNUC__) && defined(__aarch64__)
extern const linli_engine linli_engine_neon;
#endif

#endif
