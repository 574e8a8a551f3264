/*
 * SM4 in portable C, and the jobs every engine does: an engine (engines/engine.h) has a function
 * of the same type for each of these.
 */
#ifndef LINLI_PORTABLE_H
#define LINLI_PORTABLE_H

#include <stddef.h>
#include <stdint.h>

/* One pass over a CCM message. */
typedef struct {
    uint8_t mac[16];     /* the chain so far; afterwards, with prefix and body */
    uint8_t counter[16]; /* counter block 0; afterwards undefined */
    uint8_t mask[16];    /* afterwards, counter block 0 encrypted */
    int opening;         /* whether the MAC is taken over the output instead of the input */
} linli_ccm_pass;

void linli_portable_schedule(uint32_t round_keys[32], const uint8_t key[16]);

/* `blocks` blocks, each by itself; `out` may be `in`. With reversed round keys, it decrypts. */
void linli_portable_encrypt(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                            size_t blocks);

/*
 * XORs `length` bytes with the encryptions of `counter`, counter + 1, ... modulo 2^128; `counter`
 * becomes the one behind the last used. `out` may be `in`.
 */
void linli_portable_counter(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                            size_t length, uint8_t counter[16]);

/*
 * CBC: for each block of `data`, XORs it into `state` and encrypts that. Every state goes to `out`,
 * which may be `data`, or NULL where only the last is wanted.
 */
void linli_portable_chain(const uint32_t round_keys[32], uint8_t state[16], uint8_t *out,
                          const uint8_t *data, size_t blocks);

/*
 * Chains prefix_blocks >= 1 blocks of `prefix` and then the body, zeros behind it to a whole block,
 * and encrypts or decrypts the body, `length` bytes, in counter mode from counter + 1 on. `out` may
 * be `in`.
 */
void linli_portable_ccm(const uint32_t round_keys[32], linli_ccm_pass *pass, const uint8_t *prefix,
                        size_t prefix_blocks, uint8_t *out, const uint8_t *in, size_t length);

/*
 * GHASH (NIST SP 800-38D). `powers` is an engine's own form of the hash key h, made once; ghash
 * takes `blocks` blocks of 16 bytes into `state`.
 */
void linli_portable_ghash_init(uint64_t powers[32], const uint8_t h[16]);
void linli_portable_ghash(const uint64_t powers[32], uint8_t state[16], const uint8_t *data,
                          size_t blocks);

/* SM3's compression of `blocks` blocks of 64 bytes. */
void linli_portable_sm3(uint32_t state[8], const uint8_t *data, size_t blocks);

/* The checksum of `data` behind what `crc` is the checksum of. */
uint16_t linli_portable_crc16(const uint8_t *data, size_t length, uint16_t crc);
uint32_t linli_portable_crc32(const uint8_t *data, size_t length, uint32_t crc);

#endif
