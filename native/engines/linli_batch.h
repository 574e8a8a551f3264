/*
 * Batches: many packets under many keys, or many hashes, in one call. Hosts only.
 *
 * The cffi build takes its declarations from this file, dropping the lines that begin with '#'.
 */
#ifndef LINLI_BATCH_H
#define LINLI_BATCH_H

#include "linli_core.h"

/* A table of expanded keys. The memory is the caller's: slots * 129 bytes, zeros to begin with. */
typedef struct {
    const linli_engine *engine; /* not NULL */
    uint32_t *round_keys;       /* 32 for each slot */
    uint8_t *used;              /* 1 where the slot holds a key, else 0 */
    uint32_t slots;
    uint32_t held; /* how many slots hold a key */
} linli_keys;

/*
 * Expands `count` keys, 16 bytes each, into slots[0], slots[1], ...; of two for one slot the later
 * stays. Returns 0; -1 and nothing written when slots[at] is not below keys->slots.
 */
int linli_keys_set(linli_keys *keys, const uint32_t *slots, const uint8_t *material, size_t count,
                   size_t *at);

/*
 * Both overwrite round keys with zeros, by stores that the compiler must keep. `slot`, which may
 * hold no key, must be below keys->slots.
 */
void linli_keys_wipe(linli_keys *keys, uint32_t slot);
void linli_keys_wipe_all(linli_keys *keys);

/* Message i is in[in_offsets[i]] up to in[in_offsets[i + 1]], sealed or opened under slots[i]. */
typedef struct {
    const linli_keys *keys;
    const uint32_t *slots;      /* count */
    const uint8_t *nonces;      /* 12 for each message */
    const uint8_t *in;          /* in_length */
    const uint64_t *in_offsets; /* count + 1, not descending, none above in_length */
    uint8_t *out;               /* out_length */
    uint64_t *out_offsets;      /* count + 1, written: where each result lies in `out` */
    uint8_t *status;            /* count, written: LINLI_DONE, ... */
    uint64_t in_length;
    uint64_t out_length;
    size_t count;
    size_t header_length; /* of each message: authenticated, not encrypted; at most 14 */
    size_t tag_length;    /* 4, 6, ... 16 */
} linli_batch;

/* What became of one message. */
enum {
    LINLI_DONE = 0,
    LINLI_FORGED = 1,   /* the tag does not fit key, nonce, header and body */
    LINLI_TOO_SHORT = 2 /* shorter than header and tag */
};

/* What a batch is refused for, before anything is written. */
enum {
    LINLI_BATCH_OFFSETS = -1, /* message `at` begins behind its end, or ends behind `in` */
    LINLI_BATCH_SLOT = -2,    /* the slot of message `at` holds no key */
    LINLI_BATCH_SHORT = -3,   /* message `at`, to be sealed, is shorter than its header */
    LINLI_BATCH_LONG = -4,    /* message `at` is 16 MiB or longer */
    LINLI_BATCH_ROOM = -5,    /* `out` ends before result `at` does */
    LINLI_BATCH_HEADER = -6,  /* header_length is above 14 */
    LINLI_BATCH_TAG = -7      /* tag_length is none of CCM's */
};

/*
 * Writes each header, encrypted body and tag: out_offsets[i + 1] - out_offsets[i] is the message's
 * length and tag_length. Returns 0, or why the batch is refused, with `at` telling which message.
 * `out` must not overlap anything else, and nobody may change slots or offsets meanwhile.
 */
int linli_seal_many(const linli_batch *batch, size_t *at);

/*
 * Takes what linli_seal_many wrote and writes each header and body: tag_length bytes less than the
 * packet has, none where it is too short. What a forgery gives is zeros. Returns as
 * linli_seal_many does.
 */
int linli_open_many(const linli_batch *batch, size_t *at);

/*
 * Writes `count` hashes of 32 bytes. Each is SM3 of the one before, `previous` for the first, and
 * the next lengths[i] bytes of `in`.
 */
void linli_sm3_chain(const linli_engine *engine, uint8_t *out, const uint8_t previous[32],
                     const uint8_t *in, const uint32_t *lengths, size_t count);

#endif
