/*
 * SM4 on words: a vector holds one word of each of four blocks. For few blocks, and for chains,
 * where one block must wait for another. Included by an engine that has defined
 *
 *   word                          the vector type, 16 bytes
 *   word_xor, word_xor3           of two and of three
 *   word_diffuse(x, &p, &q)       S-box and linear layer are p ^ q; in AES's basis (affine.h)
 *   word_sbox(x)                  the S-box alone, in SM4's
 *   word_to_aes(x), word_from_aes(x), word_to_aes_key(x)
 *                                 into AES's basis and back; round keys with their constant
 *   word_load, word_store         16 bytes from and to memory
 *   word_all(word), word_pair(low, high)
 *                                 a word in all lanes; a vector of two halves; as memory has them
 *   word_first(x), word_lo32, word_hi32, word_lo64, word_hi64
 *                                 the first lane; interleaving halves of two vectors
 */
#ifndef LINLI_WORDS_H
#define LINLI_WORDS_H

#include "big_endian.h"
#include "bytes.h"
#include "engine.h"
#include "inline.h"

#include <string.h>

/* What one key makes of the words of a vector; the bytes are in the order of memory. */
typedef struct {
    uint32_t rounds[32];
} word_key;

static void words_schedule(uint32_t round_keys[32], const uint8_t key[16])
{
    static const uint32_t FAMILY_KEY[4] = {0xA3B1BAC6u, 0x56AA3350u, 0x677D9197u, 0xB27022DCu};
    uint32_t k[4];
    for (unsigned i = 0; i < 4; i++) {
        k[i] = load_be32(key + 4 * i) ^ FAMILY_KEY[i];
    }
    for (unsigned i = 0; i < 32; i++) {
        uint32_t constant = 0;
        for (unsigned j = 0; j < 4; j++) {
            constant = (constant << 8) | (((4 * i + j) * 7) & 0xFFu);
        }
        uint32_t x = k[(i + 1) % 4] ^ k[(i + 2) % 4] ^ k[(i + 3) % 4] ^ constant;
        uint32_t s = word_first(word_sbox(word_all(x)));
        k[i % 4] ^= s ^ rotate_left(s, 13) ^ rotate_left(s, 23);
        round_keys[i] = k[i % 4];
    }
    wipe(k, sizeof k);
}

INLINE void word_key_init(word_key *key, const uint32_t round_keys[32])
{
    for (unsigned i = 0; i < 32; i++) {
        key->rounds[i] = big_endian32(round_keys[i]);
    }
    for (unsigned i = 0; i < 32; i += 4) {
        uint8_t *four = (uint8_t *)(key->rounds + i);
        word_store(four, word_to_aes_key(word_load(four)));
    }
}

/* Four words of four blocks each from four blocks, or the other way round. */
INLINE void words_transpose(word x[4])
{
    word a = word_lo32(x[0], x[1]);
    word b = word_hi32(x[0], x[1]);
    word c = word_lo32(x[2], x[3]);
    word d = word_hi32(x[2], x[3]);
    x[0] = word_lo64(a, c);
    x[1] = word_hi64(a, c);
    x[2] = word_lo64(b, d);
    x[3] = word_hi64(b, d);
}

/*
 * `groups` times four blocks, in place and in AES's basis. The next round's input is made of the
 * same two parts as this one's output, not of the output: that is one XOR less to wait for.
 */
INLINE void words_crypt(const word_key *key, word blocks[], unsigned groups)
{
    word s[4][4], x[4];
    for (unsigned g = 0; g < groups; g++) {
        memcpy(s[g], blocks + 4 * g, sizeof s[g]);
        words_transpose(s[g]);
        x[g] = word_xor3(word_xor(s[g][1], s[g][2]), s[g][3], word_all(key->rounds[0]));
    }
    for (unsigned i = 0; i < 32; i += 4) {
        for (unsigned j = 0; j < 4; j++) { /* unrolled: the words take turns */
            word round_key = word_all(key->rounds[(i + j + 1) % 32]);
            for (unsigned g = 0; g < groups; g++) {
                word *a = &s[g][j];
                word rest = word_xor3(s[g][(j + 2) % 4], s[g][(j + 3) % 4], round_key);
                word p, q;
                rest = word_xor(rest, *a);
                word_diffuse(x[g], &p, &q);
                x[g] = word_xor3(p, q, rest);
                *a = word_xor3(p, q, *a);
            }
        }
    }
    for (unsigned g = 0; g < groups; g++) {
        word *b = blocks + 4 * g;
        b[0] = s[g][3];
        b[1] = s[g][2];
        b[2] = s[g][1];
        b[3] = s[g][0];
        words_transpose(b);
    }
}

/* At most 4 * groups blocks. */
INLINE void words_encrypt_some(const word_key *key, uint8_t *out, const uint8_t *in, size_t blocks,
                               unsigned groups)
{
    word b[16];
    for (size_t i = 0; i < 4 * groups; i++) {
        b[i] = word_to_aes(word_load(in + 16 * (i < blocks ? i : 0)));
    }
    words_crypt(key, b, groups);
    for (size_t i = 0; i < blocks; i++) {
        word_store(out + 16 * i, word_from_aes(b[i]));
    }
}

static void words_encrypt(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                          size_t blocks)
{
    word_key key;
    word_key_init(&key, round_keys);
    while (blocks > 4) {
        size_t taken = blocks < 16 ? blocks : 16;
        words_encrypt_some(&key, out, in, taken, 4);
        out += 16 * taken;
        in += 16 * taken;
        blocks -= taken;
    }
    if (blocks > 0) {
        words_encrypt_some(&key, out, in, blocks, 1);
    }
    wipe(&key, sizeof key);
}

/* A big-endian number of 128 bits. */
typedef struct {
    uint64_t high, low;
} word_number;

INLINE word_number word_number_load(const uint8_t bytes[16])
{
    word_number number;
    number.high = (uint64_t)load_be32(bytes) << 32 | load_be32(bytes + 4);
    number.low = (uint64_t)load_be32(bytes + 8) << 32 | load_be32(bytes + 12);
    return number;
}

/* The number as a block, and one more. */
INLINE word word_count(word_number *number)
{
    word block = word_pair(big_endian64(number->high), big_endian64(number->low));
    number->low++;
    number->high += number->low == 0;
    return block;
}

INLINE void words_xor_some(uint8_t *out, const uint8_t *in, size_t length, const word stream[])
{
    size_t at = 0;
    for (; length - at >= 16; at += 16) {
        word_store(out + at, word_xor(word_load(in + at), *stream++));
    }
    if (at < length) {
        uint8_t last[16] = {0};
        memcpy(last, in + at, length - at);
        word_store(last, word_xor(word_load(last), *stream));
        memcpy(out + at, last, length - at);
    }
}

INLINE void words_counter_some(const word_key *key, uint8_t *out, const uint8_t *in, size_t length,
                               word_number *counter, unsigned groups)
{
    word b[16];
    for (size_t i = 0; i < 4 * groups; i++) {
        b[i] = word_to_aes(word_count(counter));
    }
    words_crypt(key, b, groups);
    for (size_t i = 0; i < 4 * groups; i++) {
        b[i] = word_from_aes(b[i]);
    }
    words_xor_some(out, in, length, b);
    wipe(b, sizeof b);
}

static void words_counter(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                          size_t length, uint8_t counter[16])
{
    word_key key;
    word_number number = word_number_load(counter);
    word_number after = number;
    after.low += (length + 15) / 16;
    after.high += after.low < number.low;
    word_key_init(&key, round_keys);
    while (length > 64) {
        size_t taken = length < 256 ? length : 256;
        words_counter_some(&key, out, in, taken, &number, 4);
        out += taken;
        in += taken;
        length -= taken;
    }
    if (length > 0) {
        words_counter_some(&key, out, in, length, &number, 1);
    }
    word_store(counter, word_pair(big_endian64(after.high), big_endian64(after.low)));
    wipe(&key, sizeof key);
}

static void words_chain(const uint32_t round_keys[32], uint8_t state[16], uint8_t *out,
                        const uint8_t *data, size_t blocks)
{
    word_key key;
    word b[4];
    word_key_init(&key, round_keys);
    b[0] = b[1] = b[2] = b[3] = word_to_aes(word_load(state));
    for (; blocks > 0; blocks--) {
        b[0] = word_xor(b[0], word_to_aes(word_load(data)));
        words_crypt(&key, b, 1);
        if (out != NULL) {
            word_store(out, word_from_aes(b[0]));
            out += 16;
        }
        data += 16;
    }
    word_store(state, word_from_aes(b[0]));
    wipe(&key, sizeof key);
}

/*
 * The first of four lanes is the chain; the other three encrypt counters, which costs nothing. They
 * begin with the prefix, so that each block of the body finds its own ready.
 */
static void words_ccm(const uint32_t round_keys[32], linli_ccm_pass *pass, const uint8_t *prefix,
                      size_t prefix_blocks, uint8_t *out, const uint8_t *in, size_t length)
{
    word_key key;
    word_number counter = word_number_load(pass->counter);
    size_t made = 0, taken = 0;              /* counters */
    size_t needed = (length + 15) / 16 + 1; /* the first is the mask's */
    word stream[8];                          /* counter i at i % 8 */
    word b[4];
    word_key_init(&key, round_keys);
    b[0] = b[1] = b[2] = b[3] = word_to_aes(word_load(pass->mac));
    while (prefix_blocks > 0 || taken < needed) {
        word data;
        int counting = made < needed && made - taken <= 5;
        if (prefix_blocks > 0) {
            data = word_load(prefix);
            prefix += 16;
            prefix_blocks--;
        } else {
            uint8_t rest[16] = {0};
            size_t count = length < 16 ? length : 16;
            memcpy(rest, in, count);
            data = word_load(rest);
            word_store(rest, word_xor(data, stream[taken++ % 8]));
            memcpy(out, rest, count);
            if (pass->opening) {
                memset(rest + count, 0, 16 - count);
                data = word_load(rest);
            }
            in += count;
            out += count;
            length -= count;
        }
        if (counting) {
            b[1] = word_to_aes(word_count(&counter));
            b[2] = word_to_aes(word_count(&counter));
            b[3] = word_to_aes(word_count(&counter));
        }
        b[0] = word_xor(b[0], word_to_aes(data));
        words_crypt(&key, b, 1);
        if (counting) {
            for (unsigned i = 1; i < 4; i++) {
                stream[made++ % 8] = word_from_aes(b[i]);
            }
            if (made == 3) {
                word_store(pass->mask, stream[taken++]);
            }
        }
    }
    word_store(pass->mac, word_from_aes(b[0]));
    wipe(stream, sizeof stream);
    wipe(&key, sizeof key);
}

#endif
