/*
 * What the modes, hashes and checksums need, from the engine at work. Boards, compiled with
 * LINLI_BOARD, have the portable code only and call it directly.
 */
#ifndef LINLI_BLOCKS_H
#define LINLI_BLOCKS_H

#include "bytes.h"
#include "linli_core.h"
#include "portable.h"

#ifdef LINLI_BOARD
#define ENGINE(engine, job) ((void)(engine), linli_portable_##job)
#else
#include "engine.h"
#define ENGINE(engine, job) (engine)->job
#endif

/* What a caller's NULL means on hosts; boards have nothing else. */
static inline const linli_engine *given(const linli_engine *engine)
{
#ifdef LINLI_BOARD
    return engine;
#else
    return engine != NULL ? engine : &linli_engine_portable;
#endif
}

static inline void blocks_schedule(linli_sm4 *sm4, const uint8_t key[16])
{
    ENGINE(sm4->engine, schedule)(sm4->round_keys, key);
}

static inline void blocks_encrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in,
                                  size_t blocks)
{
    ENGINE(sm4->engine, encrypt)(sm4->round_keys, out, in, blocks);
}

/* A key decrypts where it encrypts with its round keys in reverse. */
static inline void blocks_decrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in,
                                  size_t blocks)
{
    uint32_t round_keys[32];
    for (unsigned i = 0; i < 32; i++) {
        round_keys[i] = sm4->round_keys[31 - i];
    }
    ENGINE(sm4->engine, encrypt)(round_keys, out, in, blocks);
    wipe(round_keys, sizeof round_keys);
}

static inline void blocks_counter(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in,
                                  size_t length, uint8_t counter[16])
{
    ENGINE(sm4->engine, counter)(sm4->round_keys, out, in, length, counter);
}

static inline void blocks_chain(const linli_sm4 *sm4, uint8_t state[16], uint8_t *out,
                                const uint8_t *data, size_t blocks)
{
    ENGINE(sm4->engine, chain)(sm4->round_keys, state, out, data, blocks);
}

static inline void blocks_ccm(const linli_sm4 *sm4, linli_ccm_pass *pass, const uint8_t *prefix,
                              size_t prefix_blocks, uint8_t *out, const uint8_t *in, size_t length)
{
    ENGINE(sm4->engine, ccm)(sm4->round_keys, pass, prefix, prefix_blocks, out, in, length);
}

static inline void blocks_ghash_init(linli_gcm *gcm, const uint8_t h[16])
{
    ENGINE(gcm->sm4.engine, ghash_init)(gcm->powers, h);
}

static inline void blocks_ghash(const linli_gcm *gcm, uint8_t state[16], const uint8_t *data,
                                size_t blocks)
{
    ENGINE(gcm->sm4.engine, ghash)(gcm->powers, state, data, blocks);
}

static inline void blocks_sm3(linli_sm3 *sm3, const uint8_t *data, size_t blocks)
{
    ENGINE(sm3->engine, sm3)(sm3->state, data, blocks);
}

static inline uint16_t blocks_crc16(const linli_engine *engine, const uint8_t *data,
                                    size_t length, uint16_t crc)
{
    return ENGINE(given(engine), crc16)(data, length, crc);
}

static inline uint32_t blocks_crc32(const linli_engine *engine, const uint8_t *data,
                                    size_t length, uint32_t crc)
{
    return ENGINE(given(engine), crc32)(data, length, crc);
}

#endif
