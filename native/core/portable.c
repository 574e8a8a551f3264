/* SM4 (GB/T 32907-2016), one block at a time through a table: see linli_core.h on timing. */
#include "portable.h"

#include "bytes.h"

#include <string.h>

/*
 * The S-box (clause 6.2). With LINLI_SM4_TABLE, for boards that have 768 bytes of flash for a fifth
 * off the time, what the linear transformation L makes of each of its values in a word's first
 * byte; of another byte it makes the same, rotated.
 */
#ifdef LINLI_SM4_TABLE
#define SHIFTED(s, bits) ((uint32_t)(s) << (bits))
#define ENTRY(s)                                                                                   \
    (SHIFTED(s, 24) ^ SHIFTED(s, 26) ^ ((s) >> 6) ^ SHIFTED(s, 2) ^ SHIFTED(s, 10) ^ SHIFTED(s, 16))
static const uint32_t TABLE[256] = {
#else
#define ENTRY(s) s
static const uint8_t TABLE[256] = {
#endif
#define ROW(a, b, c, d, e, f, g, h)                                                                \
    ENTRY(a), ENTRY(b), ENTRY(c), ENTRY(d), ENTRY(e), ENTRY(f), ENTRY(g), ENTRY(h)
    ROW(0xD6, 0x90, 0xE9, 0xFE, 0xCC, 0xE1, 0x3D, 0xB7),
    ROW(0x16, 0xB6, 0x14, 0xC2, 0x28, 0xFB, 0x2C, 0x05),
    ROW(0x2B, 0x67, 0x9A, 0x76, 0x2A, 0xBE, 0x04, 0xC3),
    ROW(0xAA, 0x44, 0x13, 0x26, 0x49, 0x86, 0x06, 0x99),
    ROW(0x9C, 0x42, 0x50, 0xF4, 0x91, 0xEF, 0x98, 0x7A),
    ROW(0x33, 0x54, 0x0B, 0x43, 0xED, 0xCF, 0xAC, 0x62),
    ROW(0xE4, 0xB3, 0x1C, 0xA9, 0xC9, 0x08, 0xE8, 0x95),
    ROW(0x80, 0xDF, 0x94, 0xFA, 0x75, 0x8F, 0x3F, 0xA6),
    ROW(0x47, 0x07, 0xA7, 0xFC, 0xF3, 0x73, 0x17, 0xBA),
    ROW(0x83, 0x59, 0x3C, 0x19, 0xE6, 0x85, 0x4F, 0xA8),
    ROW(0x68, 0x6B, 0x81, 0xB2, 0x71, 0x64, 0xDA, 0x8B),
    ROW(0xF8, 0xEB, 0x0F, 0x4B, 0x70, 0x56, 0x9D, 0x35),
    ROW(0x1E, 0x24, 0x0E, 0x5E, 0x63, 0x58, 0xD1, 0xA2),
    ROW(0x25, 0x22, 0x7C, 0x3B, 0x01, 0x21, 0x78, 0x87),
    ROW(0xD4, 0x00, 0x46, 0x57, 0x9F, 0xD3, 0x27, 0x52),
    ROW(0x4C, 0x36, 0x02, 0xE7, 0xA0, 0xC4, 0xC8, 0x9E),
    ROW(0xEA, 0xBF, 0x8A, 0xD2, 0x40, 0xC7, 0x38, 0xB5),
    ROW(0xA3, 0xF7, 0xF2, 0xCE, 0xF9, 0x61, 0x15, 0xA1),
    ROW(0xE0, 0xAE, 0x5D, 0xA4, 0x9B, 0x34, 0x1A, 0x55),
    ROW(0xAD, 0x93, 0x32, 0x30, 0xF5, 0x8C, 0xB1, 0xE3),
    ROW(0x1D, 0xF6, 0xE2, 0x2E, 0x82, 0x66, 0xCA, 0x60),
    ROW(0xC0, 0x29, 0x23, 0xAB, 0x0D, 0x53, 0x4E, 0x6F),
    ROW(0xD5, 0xDB, 0x37, 0x45, 0xDE, 0xFD, 0x8E, 0x2F),
    ROW(0x03, 0xFF, 0x6A, 0x72, 0x6D, 0x6C, 0x5B, 0x51),
    ROW(0x8D, 0x1B, 0xAF, 0x92, 0xBB, 0xDD, 0xBC, 0x7F),
    ROW(0x11, 0xD9, 0x5C, 0x41, 0x1F, 0x10, 0x5A, 0xD8),
    ROW(0x0A, 0xC1, 0x31, 0x88, 0xA5, 0xCD, 0x7B, 0xBD),
    ROW(0x2D, 0x74, 0xD0, 0x12, 0xB8, 0xE5, 0xB4, 0xB0),
    ROW(0x89, 0x69, 0x97, 0x4A, 0x0C, 0x96, 0x77, 0x7E),
    ROW(0x65, 0xB9, 0xF1, 0x09, 0xC5, 0x6E, 0xC6, 0x84),
    ROW(0x18, 0xF0, 0x7D, 0xEC, 0x3A, 0xDC, 0x4D, 0x20),
    ROW(0x79, 0xEE, 0x5F, 0x3E, 0xD7, 0xCB, 0x39, 0x48),
};

static const uint32_t FAMILY_KEY[4] = {0xA3B1BAC6u, 0x56AA3350u, 0x677D9197u, 0xB27022DCu};

static inline uint32_t sbox(uint32_t byte)
{
#ifdef LINLI_SM4_TABLE
    /* L's second byte is the value s ^ s >> 6, and its top two bits are those of s. */
    uint32_t second = (TABLE[byte] >> 16) & 0xFFu;
    return second ^ (second >> 6);
#else
    return TABLE[byte];
#endif
}

static inline uint32_t substitute(uint32_t word)
{
    return (sbox(word >> 24) << 24) | (sbox((word >> 16) & 0xFFu) << 16) |
           (sbox((word >> 8) & 0xFFu) << 8) | sbox(word & 0xFFu);
}

/* T (clause 6.2). Not inline, gcc -O2 calls it, and a block takes a tenth longer. */
static inline uint32_t round_function(uint32_t word)
{
#ifdef LINLI_SM4_TABLE
    uint32_t sum = TABLE[word & 0xFFu];
    sum = rotate_left(sum, 24) ^ TABLE[(word >> 8) & 0xFFu];
    sum = rotate_left(sum, 24) ^ TABLE[(word >> 16) & 0xFFu];
    return rotate_left(sum, 24) ^ TABLE[word >> 24];
#else
    uint32_t s = substitute(word);
    return s ^ rotate_left(s, 2) ^ rotate_left(s, 10) ^ rotate_left(s, 18) ^ rotate_left(s, 24);
#endif
}

void linli_portable_schedule(uint32_t round_keys[32], const uint8_t key[16])
{
    uint32_t k[4];
    for (unsigned i = 0; i < 4; i++) {
        k[i] = load_be32(key + 4 * i) ^ FAMILY_KEY[i];
    }
    /* Byte j of the constant CK_i is (4 i + j) * 7 mod 256 (clause 7.3): 28 more every round. */
    uint32_t constant = 0x00070E15u;
    for (unsigned i = 0; i < 32; i++) {
        uint32_t s = substitute(k[(i + 1) % 4] ^ k[(i + 2) % 4] ^ k[(i + 3) % 4] ^ constant);
        k[i % 4] ^= s ^ rotate_left(s, 13) ^ rotate_left(s, 23);
        round_keys[i] = k[i % 4];
        /* Four sums of a byte each: the top bits are kept out, so that nothing is carried. */
        constant = ((constant & 0x7F7F7F7Fu) + 0x1C1C1C1Cu) ^ (constant & 0x80808080u);
    }
    wipe(k, sizeof k);
}

/* Four rounds a turn, so that no word moves. */
static void encrypt_block(const uint32_t round_keys[32], uint8_t out[16], const uint8_t block[16])
{
    uint32_t a = load_be32(block);
    uint32_t b = load_be32(block + 4);
    uint32_t c = load_be32(block + 8);
    uint32_t d = load_be32(block + 12);
    for (unsigned i = 0; i < 32; i += 4) {
        a ^= round_function(b ^ c ^ d ^ round_keys[i]);
        b ^= round_function(c ^ d ^ a ^ round_keys[i + 1]);
        c ^= round_function(d ^ a ^ b ^ round_keys[i + 2]);
        d ^= round_function(a ^ b ^ c ^ round_keys[i + 3]);
    }
    store_be32(out, d);
    store_be32(out + 4, c);
    store_be32(out + 8, b);
    store_be32(out + 12, a);
}

void linli_portable_encrypt(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                            size_t blocks)
{
    for (; blocks > 0; blocks--) {
        encrypt_block(round_keys, out, in);
        out += 16;
        in += 16;
    }
}

static void increment(uint8_t counter[16])
{
    for (unsigned i = 16; i-- > 0 && ++counter[i] == 0;) {
    }
}

void linli_portable_counter(const uint32_t round_keys[32], uint8_t *out, const uint8_t *in,
                            size_t length, uint8_t counter[16])
{
    uint8_t stream[16];
    for (size_t at = 0; at < length; at += 16) {
        size_t taken = length - at < 16 ? length - at : 16;
        encrypt_block(round_keys, stream, counter);
        increment(counter);
        for (size_t i = 0; i < taken; i++) {
            out[at + i] = in[at + i] ^ stream[i];
        }
    }
    wipe(stream, sizeof stream);
}

void linli_portable_chain(const uint32_t round_keys[32], uint8_t state[16], uint8_t *out,
                          const uint8_t *data, size_t blocks)
{
    for (; blocks > 0; blocks--) {
        for (unsigned i = 0; i < 16; i++) {
            state[i] ^= *data++;
        }
        encrypt_block(round_keys, state, state);
        if (out != NULL) {
            memcpy(out, state, 16);
            out += 16;
        }
    }
}

/* The body's part of the chain: its last block is padded with zeros, which change nothing. */
static void chain_body(const uint32_t round_keys[32], uint8_t state[16], const uint8_t *body,
                       size_t length)
{
    size_t rest = length % 16;
    linli_portable_chain(round_keys, state, NULL, body, length / 16);
    if (rest > 0) {
        for (size_t i = 0; i < rest; i++) {
            state[i] ^= body[length - rest + i];
        }
        encrypt_block(round_keys, state, state);
    }
}

void linli_portable_ccm(const uint32_t round_keys[32], linli_ccm_pass *pass, const uint8_t *prefix,
                        size_t prefix_blocks, uint8_t *out, const uint8_t *in, size_t length)
{
    encrypt_block(round_keys, pass->mask, pass->counter);
    increment(pass->counter);
    linli_portable_chain(round_keys, pass->mac, NULL, prefix, prefix_blocks);
    if (!pass->opening) {
        chain_body(round_keys, pass->mac, in, length);
    }
    linli_portable_counter(round_keys, out, in, length, pass->counter);
    if (pass->opening) {
        chain_body(round_keys, pass->mac, out, length);
    }
}
