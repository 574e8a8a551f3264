/* GCM (NIST SP 800-38D). */
#include "blocks.h"
#include "bytes.h"
#include "linli_core.h"

#include <string.h>

/* How much is encrypted and hashed in turns: what stays in the nearest cache. */
#define STRIDE 8192

/*
 * Messages up to here go through a working copy in which counter block 0 lies before the body and
 * the header before that: one call to encrypt and one to hash. Boards gain nothing by it.
 */
#ifndef LINLI_BOARD
#define SHORT_HEADER 64
#define SHORT_BODY 2032
#endif

/* What counter blocks of a hidden counter are made in. */
#define HIDDEN_STRIDE 1024

/* A counter block. It is made of the hash key, and so a secret, where the nonce has not 12 bytes. */
typedef struct {
    uint8_t block[16];
    int hidden;
} gcm_counter;

void linli_gcm_init(linli_gcm *gcm, const linli_engine *engine, const uint8_t key[16])
{
    uint8_t h[16] = {0};
    linli_sm4_init(&gcm->sm4, engine, key);
    linli_sm4_encrypt(&gcm->sm4, h, h);
    blocks_ghash_init(gcm, h);
    wipe(h, sizeof h);
}

void linli_gcm_wipe(linli_gcm *gcm)
{
    linli_sm4_wipe(&gcm->sm4);
    wipe(gcm->powers, sizeof gcm->powers);
}

static int refuses(size_t nonce_length, size_t header_length, size_t body_length,
                   size_t tag_length)
{
    if (tag_length != 4 && tag_length != 8 && (tag_length < 12 || tag_length > 16)) {
        return 1;
    }
    /* At most 2^36 - 32; said so that compilers do not warn where size_t has 32 bits. */
    uint64_t body = body_length;
    return nonce_length == 0 || (((uint64_t)nonce_length | header_length) >> 61) != 0 ||
           ((body | (body + 31)) >> 36) != 0;
}

/* Two lengths in bits, as the last block hashed. */
static void put_lengths(uint8_t block[16], size_t first, size_t second)
{
    store_be32(block, (uint32_t)((uint64_t)first >> 29));
    store_be32(block + 4, (uint32_t)((uint64_t)first << 3));
    store_be32(block + 8, (uint32_t)((uint64_t)second >> 29));
    store_be32(block + 12, (uint32_t)((uint64_t)second << 3));
}

/* Takes `data` into the hash, zeros behind it to a whole block. */
static void hash(const linli_gcm *gcm, uint8_t state[16], const uint8_t *data, size_t length)
{
    uint8_t last[16] = {0};
    size_t rest = length % 16;
    if (length >= 16) {
        blocks_ghash(gcm, state, data, length / 16);
    }
    if (rest > 0) {
        memcpy(last, data + length - rest, rest);
        blocks_ghash(gcm, state, last, 1);
    }
}

/* Counter block 0 (clause 7.1, step 2). */
static void begin(const linli_gcm *gcm, gcm_counter *counter, const uint8_t *nonce,
                  size_t nonce_length)
{
    memset(counter->block, 0, 16);
    counter->hidden = nonce_length != 12;
    if (!counter->hidden) {
        memcpy(counter->block, nonce, 12);
        counter->block[15] = 1;
    } else {
        uint8_t lengths[16];
        put_lengths(lengths, 0, nonce_length);
        hash(gcm, counter->block, nonce, nonce_length);
        blocks_ghash(gcm, counter->block, lengths, 1);
    }
}

/*
 * As `encrypt`, in a time that does not depend on the counter: engines count in 128 bits, and take
 * longer where a carry goes far. The counter here has 32 and wraps.
 */
static void encrypt_hidden(const linli_gcm *gcm, gcm_counter *counter, uint8_t *out,
                           const uint8_t *in, size_t length)
{
    uint8_t stream[HIDDEN_STRIDE];
    uint32_t low = load_be32(counter->block + 12);
    while (length > 0) {
        size_t taken = length < HIDDEN_STRIDE ? length : HIDDEN_STRIDE;
        size_t blocks = (taken + 15) / 16;
        for (size_t i = 0; i < blocks; i++) {
            memcpy(stream + 16 * i, counter->block, 12);
            store_be32(stream + 16 * i + 12, low++);
        }
        blocks_encrypt(&gcm->sm4, stream, stream, blocks);
        for (size_t i = 0; i < taken; i++) {
            out[i] = in[i] ^ stream[i];
        }
        out += taken;
        in += taken;
        length -= taken;
    }
    store_be32(counter->block + 12, low);
    wipe(stream, sizeof stream);
}

/* Counter mode from `counter` on, which becomes the one behind the last block begun. */
static void encrypt(const linli_gcm *gcm, gcm_counter *counter, uint8_t *out, const uint8_t *in,
                    size_t length)
{
    if (counter->hidden) {
        encrypt_hidden(gcm, counter, out, in, length);
    } else { /* it begins at 1, so its 32 bits never overflow */
        blocks_counter(&gcm->sm4, out, in, length, counter->block);
    }
}

/* The mask of the tag, which leaves `counter` at the body's first block. */
static void make_mask(const linli_gcm *gcm, uint8_t mask[16], gcm_counter *counter)
{
    memset(mask, 0, 16);
    encrypt(gcm, counter, mask, mask, 16);
}

/*
 * Finishes the hash of a ciphertext whose whole blocks have been taken, and makes the tag of it.
 */
static void finish(const linli_gcm *gcm, uint8_t tag[16], const uint8_t mask[16],
                   size_t header_length, const uint8_t *cipher, size_t length)
{
    uint8_t last[32] = {0};
    size_t rest = length % 16;
    put_lengths(last + 16, header_length, length);
    if (rest > 0) {
        memcpy(last, cipher + length - rest, rest);
        blocks_ghash(gcm, tag, last, 2);
    } else {
        blocks_ghash(gcm, tag, last + 16, 1);
    }
    for (unsigned i = 0; i < 16; i++) {
        tag[i] ^= mask[i];
    }
}

static void seal_long(const linli_gcm *gcm, uint8_t *out, gcm_counter *counter,
                      const uint8_t *header, size_t header_length, const uint8_t *body,
                      size_t body_length, uint8_t tag[16])
{
    uint8_t mask[16];
    make_mask(gcm, mask, counter);
    hash(gcm, tag, header, header_length);
    for (size_t at = 0; at < body_length; at += STRIDE) {
        size_t taken = body_length - at < STRIDE ? body_length - at : STRIDE;
        encrypt(gcm, counter, out + at, body + at, taken);
        blocks_ghash(gcm, tag, out + at, taken / 16);
    }
    finish(gcm, tag, mask, header_length, out, body_length);
    wipe(mask, sizeof mask);
}

/* Hashes all before it decrypts any: what is not authentic never turns into a plaintext. */
static int open_long(const linli_gcm *gcm, uint8_t *out, gcm_counter *counter,
                     const uint8_t *header, size_t header_length, const uint8_t *sealed,
                     size_t body_length, size_t tag_length)
{
    uint8_t mask[16], tag[16] = {0};
    make_mask(gcm, mask, counter);
    hash(gcm, tag, header, header_length);
    blocks_ghash(gcm, tag, sealed, body_length / 16);
    finish(gcm, tag, mask, header_length, sealed, body_length);
    int forged = differ(tag, sealed + body_length, tag_length);
    wipe(mask, sizeof mask);
    wipe(tag, sizeof tag); /* of a forgery, it is the tag that would have passed */
    if (!forged) {
        encrypt(gcm, counter, out, sealed, body_length);
    }
    return forged;
}

#ifndef LINLI_BOARD

/* A short message: header blocks, body blocks, block of lengths. */
typedef struct {
    uint8_t bytes[SHORT_HEADER + SHORT_BODY + 32];
    size_t first; /* where the header's blocks begin: those without a header, at the body's */
    size_t body;
    size_t lengths;
    uint8_t *counter_0; /* the block before the body: the header's last one when it is not this */
} message;

static int is_short(size_t header_length, size_t body_length)
{
    return header_length <= SHORT_HEADER && body_length <= SHORT_BODY;
}

static void lay_out(message *work, size_t header_length, const uint8_t *body, size_t body_length)
{
    size_t header_blocks = (header_length + 15) / 16;
    work->first = header_blocks > 0 ? 0 : 16;
    work->body = header_blocks > 0 ? 16 * header_blocks : 16;
    work->lengths = work->body + (body_length + 15) / 16 * 16;
    work->counter_0 = work->bytes + work->body - 16;
    memset(work->bytes + work->lengths - 16, 0, 16);
    put_lengths(work->bytes + work->lengths, header_length, body_length);
    if (body_length > 0) {
        memcpy(work->bytes + work->body, body, body_length);
    }
}

static void hash_short(const linli_gcm *gcm, message *work, uint8_t state[16],
                       const uint8_t *header, size_t header_length)
{
    if (header_length > 0) {
        memset(work->counter_0, 0, 16);
        memcpy(work->bytes, header, header_length);
    }
    blocks_ghash(gcm, state, work->bytes + work->first, (work->lengths + 16 - work->first) / 16);
}

static void encrypt_short(const linli_gcm *gcm, message *work, gcm_counter *counter,
                          uint8_t mask[16], size_t body_length)
{
    memset(work->counter_0, 0, 16);
    encrypt(gcm, counter, work->counter_0, work->counter_0, 16 + body_length);
    memcpy(mask, work->counter_0, 16);
}

static void seal_short(const linli_gcm *gcm, uint8_t *out, gcm_counter *counter,
                       const uint8_t *header, size_t header_length, const uint8_t *body,
                       size_t body_length, uint8_t tag[16])
{
    message work;
    uint8_t mask[16];
    lay_out(&work, header_length, body, body_length);
    encrypt_short(gcm, &work, counter, mask, body_length);
    hash_short(gcm, &work, tag, header, header_length);
    if (body_length > 0) {
        memcpy(out, work.bytes + work.body, body_length);
    }
    for (unsigned i = 0; i < 16; i++) {
        tag[i] ^= mask[i];
    }
    wipe(mask, sizeof mask);
    wipe(work.counter_0, 16); /* without a header, the mask */
}

static int open_short(const linli_gcm *gcm, uint8_t *out, gcm_counter *counter,
                      const uint8_t *header, size_t header_length, const uint8_t *sealed,
                      size_t body_length, size_t tag_length)
{
    message work;
    uint8_t mask[16], tag[16] = {0};
    lay_out(&work, header_length, sealed, body_length);
    hash_short(gcm, &work, tag, header, header_length);
    encrypt_short(gcm, &work, counter, mask, body_length);
    for (unsigned i = 0; i < 16; i++) {
        tag[i] ^= mask[i];
    }
    int forged = differ(tag, sealed + body_length, tag_length);
    if (!forged && body_length > 0) {
        memcpy(out, work.bytes + work.body, body_length);
    }
    wipe(work.counter_0, 16 + body_length);
    wipe(mask, sizeof mask);
    wipe(tag, sizeof tag);
    return forged;
}

#endif

int linli_gcm_seal(const linli_gcm *gcm, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *body,
                   size_t body_length, size_t tag_length)
{
    gcm_counter counter;
    uint8_t tag[16] = {0};
    if (refuses(nonce_length, header_length, body_length, tag_length)) {
        return -1;
    }
    begin(gcm, &counter, nonce, nonce_length);
#ifndef LINLI_BOARD
    if (is_short(header_length, body_length)) {
        seal_short(gcm, out, &counter, header, header_length, body, body_length, tag);
    } else
#endif
    {
        seal_long(gcm, out, &counter, header, header_length, body, body_length, tag);
    }
    memcpy(out + body_length, tag, tag_length);
    wipe(tag, sizeof tag);
    wipe(&counter, sizeof counter);
    return 0;
}

int linli_gcm_open(const linli_gcm *gcm, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *sealed,
                   size_t sealed_length, size_t tag_length)
{
    gcm_counter counter;
    int forged;
    if (sealed_length < tag_length) {
        return -1;
    }
    size_t body_length = sealed_length - tag_length;
    if (refuses(nonce_length, header_length, body_length, tag_length)) {
        return -1;
    }
    begin(gcm, &counter, nonce, nonce_length);
#ifndef LINLI_BOARD
    if (is_short(header_length, body_length)) {
        forged = open_short(gcm, out, &counter, header, header_length, sealed, body_length,
                            tag_length);
    } else
#endif
    {
        forged = open_long(gcm, out, &counter, header, header_length, sealed, body_length,
                           tag_length);
    }
    wipe(&counter, sizeof counter);
    if (forged) {
        if (body_length > 0) {
            memset(out, 0, body_length);
        }
        return -1;
    }
    return 0;
}
