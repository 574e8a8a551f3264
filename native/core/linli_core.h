/*
 * The C core: SM4, its modes and MACs, SM3, checksums and frames; the same files on hosts and
 * boards.
 *
 * Holds for every function:
 *  - C99 with stdint; no libc but memcpy, memset and memmove; no static or global writable data; no
 *    allocation. The caller brings every buffer, so calls on different contexts may run at once.
 *  - Fixed lengths stand in the types. Others are in bytes; where one is zero its pointer may be
 *    anything, NULL included.
 *  - Buffers must not overlap, unless the function says they may.
 *  - No branch depends on a secret, but for whether a tag fits. No address does either, but for
 *    SM4's 256-byte S-box: with caches, its time can tell an observer on the same machine something
 *    about key and data. COBS and checksums are for what is sealed or no secret: COBS branches on
 *    it, CRC-32 has a table.
 *
 * The cffi build takes its declarations from this file, dropping the lines that begin with '#'.
 */
#ifndef LINLI_CORE_H
#define LINLI_CORE_H

#include <stddef.h>
#include <stdint.h>

/* SM4 block cipher, GB/T 32907-2016 ---------------------------------------------------------- */

/* Code for one kind of processor: see engines/linli_engines.h. Boards have none and pass NULL. */
typedef struct linli_engine linli_engine;

/* One expanded key. The round keys are the same whatever the engine. */
typedef struct {
    uint32_t round_keys[32];
    const linli_engine *engine;
} linli_sm4;

/* Everything done with `sm4` runs on `engine`; NULL is portable C with a table of 256 bytes. */
void linli_sm4_init(linli_sm4 *sm4, const linli_engine *engine, const uint8_t key[16]);

/* Overwrites the round keys with zeros, by stores that the compiler must keep. */
void linli_sm4_wipe(linli_sm4 *sm4);

/* `out` may be `block`. */
void linli_sm4_encrypt(const linli_sm4 *sm4, uint8_t out[16], const uint8_t block[16]);
void linli_sm4_decrypt(const linli_sm4 *sm4, uint8_t out[16], const uint8_t block[16]);

/* ECB, CBC and CTR, NIST SP 800-38A ---------------------------------------------------------- */

/* Each writes 16 * blocks bytes; `out` may be `in`. */
void linli_ecb_encrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t blocks);
void linli_ecb_decrypt(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t blocks);

/* `iv` becomes the last block of ciphertext: what the next call of the same message needs. */
void linli_cbc_encrypt(const linli_sm4 *sm4, uint8_t iv[16], uint8_t *out, const uint8_t *in,
                       size_t blocks);
void linli_cbc_decrypt(const linli_sm4 *sm4, uint8_t iv[16], uint8_t *out, const uint8_t *in,
                       size_t blocks);

/*
 * Encrypts or decrypts `length` bytes; `out` may be `in`. `counter`, a big-endian number of 128
 * bits, is the first block's and becomes the one behind the last block begun.
 */
void linli_ctr(const linli_sm4 *sm4, uint8_t counter[16], uint8_t *out, const uint8_t *in,
               size_t length);

/* SM3 hash, GB/T 32905-2016 ------------------------------------------------------------------ */

typedef struct {
    uint32_t state[8];
    uint64_t length;     /* bytes so far */
    uint8_t pending[64]; /* the last length % 64 of them */
    const linli_engine *engine;
} linli_sm3;

/* `engine` as for linli_sm4_init. */
void linli_sm3_init(linli_sm3 *sm3, const linli_engine *engine);
void linli_sm3_update(linli_sm3 *sm3, const uint8_t *data, size_t length);

/* The hash of everything so far; the context is not changed and may take more. */
void linli_sm3_digest(const linli_sm3 *sm3, uint8_t out[32]);

/* HMAC-SM3, RFC 2104 ------------------------------------------------------------------------- */

typedef struct {
    linli_sm3 inner;
    linli_sm3 outer;
} linli_hmac;

/* A key of any length; HMAC hashes those above 64 bytes. `engine` as for linli_sm4_init. */
void linli_hmac_init(linli_hmac *hmac, const linli_engine *engine, const uint8_t *key,
                     size_t key_length);

/* Overwrites the context with zeros, by stores that the compiler must keep. */
void linli_hmac_wipe(linli_hmac *hmac);

void linli_hmac_update(linli_hmac *hmac, const uint8_t *message, size_t length);

/* The code of everything so far; the context is not changed and may take more. */
void linli_hmac_digest(const linli_hmac *hmac, uint8_t out[32]);

/* All in one, for a message in one piece. */
void linli_hmac_sm3(const linli_engine *engine, uint8_t out[32], const uint8_t *key,
                    size_t key_length, const uint8_t *message, size_t length);

/* CMAC, NIST SP 800-38B ---------------------------------------------------------------------- */

void linli_cmac(const linli_sm4 *sm4, uint8_t out[16], const uint8_t *message, size_t length);

/* Key derivation, NIST SP 800-108r1, clause 4.1: counter mode with SM4-CMAC ------------------- */

/*
 * Writes `length` bytes derived for one purpose, the label, and one context; the bytes that go into
 * them are told in protocol/linli_protocol/kdf.py. Returns 0.
 *
 * Returns -1, nothing written, when the label is empty or has a zero in it, or `length` is not 1 to
 * 4080.
 */
int linli_kdf(const linli_sm4 *sm4, uint8_t *out, size_t length, const uint8_t *label,
              size_t label_length, const uint8_t *context, size_t context_length);

/* CCM, NIST SP 800-38C and RFC 3610 ---------------------------------------------------------- */

/*
 * Writes the body encrypted to `out` and the tag behind it: body_length + tag_length bytes.
 * `body` may be `out`. Returns 0.
 *
 * Returns -1, nothing written, when nonce_length is not 7 to 13, tag_length not 4, 6, ... or 16,
 * the body 2^(8 * (15 - nonce_length)) bytes or longer, or the header 2^32 or longer.
 */
int linli_ccm_seal(const linli_sm4 *sm4, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *body,
                   size_t body_length, size_t tag_length);

/*
 * Takes what linli_ccm_seal wrote, sealed_length bytes with the tag, and writes the body to `out`:
 * sealed_length - tag_length bytes. `sealed` may be `out`. Returns 0.
 *
 * Returns -1, nothing written, for arguments that linli_ccm_seal would refuse or a sealed_length
 * below tag_length. Returns -1 when the tag does not fit; what was written to `out` has been
 * overwritten with zeros. Tags are compared in constant time.
 */
int linli_ccm_open(const linli_sm4 *sm4, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *sealed,
                   size_t sealed_length, size_t tag_length);

/* GCM, NIST SP 800-38D; with 12-byte nonces and 16-byte tags, RFC 8998's SM4-GCM --------------- */

/* One expanded key, and powers of its hash key in the form that its engine wants. */
typedef struct {
    linli_sm4 sm4;
    uint64_t powers[32];
} linli_gcm;

/* `engine` as for linli_sm4_init. */
void linli_gcm_init(linli_gcm *gcm, const linli_engine *engine, const uint8_t key[16]);

/* Overwrites round keys and powers with zeros, by stores that the compiler must keep. */
void linli_gcm_wipe(linli_gcm *gcm);

/*
 * Writes the body encrypted to `out` and the tag behind it: body_length + tag_length bytes.
 * `body` may be `out`. Returns 0.
 *
 * Returns -1, nothing written, when nonce_length is 0, tag_length not 4, 8 or 12 to 16, the body
 * longer than 2^36 - 32 bytes, or nonce or header 2^61 bytes or longer.
 */
int linli_gcm_seal(const linli_gcm *gcm, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *body,
                   size_t body_length, size_t tag_length);

/*
 * Takes what linli_gcm_seal wrote, sealed_length bytes with the tag, and writes the body to `out`:
 * sealed_length - tag_length bytes. `sealed` may be `out`. Returns 0.
 *
 * Returns -1, nothing written, for arguments that linli_gcm_seal would refuse or a sealed_length
 * below tag_length. Returns -1 when the tag does not fit; `out` has then been filled with zeros,
 * and never held a byte decrypted. Tags are compared in constant time.
 */
int linli_gcm_open(const linli_gcm *gcm, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *sealed,
                   size_t sealed_length, size_t tag_length);

/* Whole packets: header || encrypted body || tag, CCM with a nonce of 12 bytes ---------------- */

/*
 * Writes the packet, header_length + body_length + tag_length bytes. Returns 0; -1 and nothing
 * written where linli_ccm_seal would.
 */
int linli_packet_seal(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                      const uint8_t *header, size_t header_length, const uint8_t *body,
                      size_t body_length, size_t tag_length);

/*
 * Writes the packet's body, packet_length - header_length - tag_length bytes. Returns 0; -1 where
 * linli_ccm_open would, with the same left in `out`, and for a packet too short for header and tag.
 */
int linli_packet_open(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                      const uint8_t *packet, size_t packet_length, size_t header_length,
                      size_t tag_length);

/* COBS, Cheshire and Baker 1999 -------------------------------------------------------------- */

/*
 * Writes the encoding of `data` and returns its length, at most length + 1 + (length - 1) / 254
 * (1 for no data), which `out` must have room for. `data` may be that room's last `length` bytes.
 */
size_t linli_cobs_encode(uint8_t *out, const uint8_t *data, size_t length);

/*
 * Writes what was encoded, fewer than `length` bytes, and returns how many. `out` may be `data`.
 *
 * Returns -1 when `data` is no encoding: empty, with a zero in it, or with a last block that ends
 * early. `out` then holds some of what came before the fault.
 */
ptrdiff_t linli_cobs_decode(uint8_t *out, const uint8_t *data, size_t length);

/* CRC-16/IBM-SDLC and CRC-32/ISO-HDLC -------------------------------------------------------- */

/*
 * The checksum of `data` behind what `crc` is the checksum of; 0 to begin. `engine` as for
 * linli_sm4_init.
 */
uint16_t linli_crc16(const linli_engine *engine, const uint8_t *data, size_t length, uint16_t crc);
uint32_t linli_crc32(const linli_engine *engine, const uint8_t *data, size_t length, uint32_t crc);

/* Frames: 00 || COBS(packet || CRC-16 of it, low byte first) || 00 ---------------------------- */

/*
 * Seals a packet as linli_packet_seal does and writes its frame. Returns the frame's length. With
 * p = header_length + body_length + tag_length, `out` must have room for p + 5 + (p + 1) / 254
 * bytes; those behind the frame are undefined.
 *
 * Returns -1 and nothing written where linli_packet_seal would.
 */
ptrdiff_t linli_frame_seal(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                           const uint8_t *header, size_t header_length, const uint8_t *body,
                           size_t body_length, size_t tag_length);

/* Why a frame is refused. */
enum {
    LINLI_FRAME_MALFORMED = -1, /* no COBS encoding, or too short for what it must hold */
    LINLI_FRAME_DAMAGED = -2,   /* the CRC does not fit */
    LINLI_FRAME_FORGED = -3     /* linli_packet_open refuses the packet */
};

/*
 * Takes one frame, with a zero on either side or not, and writes header and body to `out`, which
 * must have room for frame_length bytes and may be `frame`. Returns header_length + body_length;
 * the bytes behind them are undefined.
 *
 * Returns LINLI_FRAME_... for a frame that is refused; `out` is then frame_length zeros.
 */
ptrdiff_t linli_frame_open(const linli_sm4 *sm4, uint8_t *out, const uint8_t nonce[12],
                           const uint8_t *frame, size_t frame_length, size_t header_length,
                           size_t tag_length);

/*
 * The same short of opening, for those who must see the header to know key and nonce: writes the
 * packet, and returns its length or LINLI_FRAME_MALFORMED or ..._DAMAGED. `engine` as for
 * linli_sm4_init.
 */
ptrdiff_t linli_frame_decode(const linli_engine *engine, uint8_t *out, const uint8_t *frame,
                             size_t length);

#endif
