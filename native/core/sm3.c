/* SM3 (GB/T 32905-2016). */
#include "blocks.h"
#include "bytes.h"
#include "linli_core.h"

#include <string.h>

static const uint32_t INITIAL[8] = {0x7380166Fu, 0x4914B2B9u, 0x172442D7u, 0xDA8A0600u,
                                    0xA96F30BCu, 0x163138AAu, 0xE38DEE4Du, 0xB0FB0E4Eu};

/*
 * Clause 5.3. A round makes the word it is the first to need, so that processors that do several
 * things at once expand the message beside the rounds: made before them, the words are another
 * chain, as each needs the third before it.
 */
static void compress(uint32_t state[8], uint32_t w[68], const uint8_t block[64])
{
    for (unsigned j = 0; j < 16; j++) {
        w[j] = load_be32(block + 4 * j);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    uint32_t constant = 0x79CC4519u;
    for (unsigned j = 0; j < 64; j++) {
        if (j >= 12) {
            uint32_t x = w[j - 12] ^ w[j - 5] ^ rotate_left(w[j + 1], 15);
            x ^= rotate_left(x, 15) ^ rotate_left(x, 23);
            w[j + 4] = x ^ rotate_left(w[j - 9], 7) ^ w[j - 2];
        }
        if (j == 16) {
            constant = 0x9D8A7A87u; /* 0x7A879D8A, rotated by the 16 rounds that went before */
        }
        uint32_t a12 = rotate_left(a, 12);
        uint32_t ss1 = rotate_left(a12 + e + constant, 7);
        uint32_t tt1 = d + (ss1 ^ a12) + (w[j] ^ w[j + 4]);
        uint32_t tt2 = h + ss1 + w[j];
        tt1 += j < 16 ? a ^ b ^ c : (a & b) | ((a ^ b) & c);
        tt2 += j < 16 ? e ^ f ^ g : ((f ^ g) & e) ^ g;
        constant = rotate_left(constant, 1);
        d = c;
        c = rotate_left(b, 9);
        b = a;
        a = tt1;
        h = g;
        g = rotate_left(f, 19);
        f = e;
        e = tt2 ^ rotate_left(tt2, 9) ^ rotate_left(tt2, 17);
    }
    state[0] ^= a;
    state[1] ^= b;
    state[2] ^= c;
    state[3] ^= d;
    state[4] ^= e;
    state[5] ^= f;
    state[6] ^= g;
    state[7] ^= h;
}

void linli_portable_sm3(uint32_t state[8], const uint8_t *data, size_t blocks)
{
    uint32_t w[68];
    for (; blocks > 0; blocks--) {
        compress(state, w, data);
        data += 64;
    }
    wipe(w, sizeof w); /* of an HMAC, they are its key */
}

void linli_sm3_init(linli_sm3 *sm3, const linli_engine *engine)
{
    memcpy(sm3->state, INITIAL, sizeof INITIAL);
    sm3->length = 0;
    sm3->engine = given(engine);
}

void linli_sm3_update(linli_sm3 *sm3, const uint8_t *data, size_t length)
{
    size_t filled = (size_t)(sm3->length % 64);
    sm3->length += length;
    if (filled > 0 && length > 0) {
        size_t taken = 64 - filled < length ? 64 - filled : length;
        memcpy(sm3->pending + filled, data, taken);
        if (filled + taken < 64) {
            return;
        }
        blocks_sm3(sm3, sm3->pending, 1);
        data += taken;
        length -= taken;
    }
    if (length > 0) {
        blocks_sm3(sm3, data, length / 64);
        memcpy(sm3->pending, data + length / 64 * 64, length % 64);
    }
}

void linli_sm3_digest(const linli_sm3 *sm3, uint8_t out[32])
{
    linli_sm3 last = *sm3;
    size_t filled = (size_t)(sm3->length % 64);
    memset(last.pending + filled, 0, 64 - filled);
    last.pending[filled] = 0x80;
    if (filled >= 56) { /* no room for the length: it gets a block of its own */
        blocks_sm3(&last, last.pending, 1);
        memset(last.pending, 0, 64);
    }
    store_be32(last.pending + 56, (uint32_t)(sm3->length >> 29));
    store_be32(last.pending + 60, (uint32_t)(sm3->length << 3));
    blocks_sm3(&last, last.pending, 1);
    for (unsigned i = 0; i < 8; i++) {
        store_be32(out + 4 * i, last.state[i]);
    }
    wipe(&last, sizeof last); /* HMAC's begin with a key */
}
