/*
 * Every engine with its secrets marked as undefined, under valgrind, which counts each branch and
 * each address that depends on them (the technique is Langley's ctgrind, 2010). One line for each
 * job: engine, whether it is called constant-time, job, count. Processors that valgrind does not
 * know (3.19: GFNI, AVX-512) have their engines left out.
 *
 * Keys, bodies and what is made of them are secret; lengths, nonces and headers are not. That a tag
 * does not fit is told to the caller and must be a branch, once for each message opened: more would
 * tell how much of it fits. GCM's nonces have 12 bytes here: from others the hash key makes the
 * first counter block, and where in the message a counter carries is a branch.
 */
#include "engine.h"
#include "linli_batch.h"

#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

#define LENGTH 1100 /* some more than any engine does at a time in few blocks */
#define MESSAGES 70
#define MESSAGE_LENGTH 50

static const linli_engine *engine;
static const uint8_t NONCE[12] = {1}, HEADER[24] = {2};

/* All results; its first bytes are undefined after every job. */
static uint8_t out[LENGTH + 16];

/* Bytes that nobody may look at, though the processor may: their values stay. */
static void make_secret(void *memory, size_t length)
{
    VALGRIND_MAKE_MEM_UNDEFINED(memory, length);
}

static void make_public(void *memory, size_t length)
{
    VALGRIND_MAKE_MEM_DEFINED(memory, length);
}

static uint8_t *secret_bytes(void)
{
    static uint8_t bytes[LENGTH];
    make_secret(bytes, sizeof bytes);
    return bytes;
}

static linli_sm4 secret_key(void)
{
    linli_sm4 sm4;
    linli_sm4_init(&sm4, engine, secret_bytes());
    make_public(sm4.round_keys, sizeof sm4.round_keys); /* what the schedule did wrong ends here */
    make_secret(sm4.round_keys, sizeof sm4.round_keys);
    return sm4;
}

static void schedule(void)
{
    uint32_t round_keys[32];
    engine->schedule(round_keys, secret_bytes());
}

static void ecb(void)
{
    linli_sm4 sm4 = secret_key();
    linli_ecb_encrypt(&sm4, out, secret_bytes(), 1);
    linli_ecb_encrypt(&sm4, out, secret_bytes(), LENGTH / 16);
    linli_ecb_decrypt(&sm4, out, secret_bytes(), LENGTH / 16);
}

static void cbc(void)
{
    linli_sm4 sm4 = secret_key();
    uint8_t iv[16] = {0};
    linli_cbc_encrypt(&sm4, iv, out, secret_bytes(), LENGTH / 16);
    linli_cbc_decrypt(&sm4, iv, out, secret_bytes(), LENGTH / 16);
}

static void ctr(void)
{
    linli_sm4 sm4 = secret_key();
    uint8_t counter[16] = {0};
    linli_ctr(&sm4, counter, out, secret_bytes(), 50);
    linli_ctr(&sm4, counter, out, secret_bytes(), LENGTH);
}

static void cmac(void)
{
    linli_sm4 sm4 = secret_key();
    linli_cmac(&sm4, out, secret_bytes(), LENGTH - 1);
    linli_cmac(&sm4, out, secret_bytes(), 32);
}

static void kdf(void)
{
    linli_sm4 sm4 = secret_key();
    linli_kdf(&sm4, out, 40, (const uint8_t *)"label", 5, NONCE, 12);
}

static void hmac(void)
{
    linli_hmac_sm3(engine, out, secret_bytes(), 100, secret_bytes(), LENGTH);
}

static void ghash(void)
{
    linli_gcm gcm;
    uint8_t state[16] = {0};
    engine->ghash_init(gcm.powers, secret_bytes());
    engine->ghash(gcm.powers, state, secret_bytes(), 1);
    engine->ghash(gcm.powers, state, secret_bytes(), LENGTH / 16);
}

static void ccm_seal(void)
{
    linli_sm4 sm4 = secret_key();
    linli_ccm_seal(&sm4, out, NONCE, 12, HEADER, 24, secret_bytes(), 50, 16);
    linli_ccm_seal(&sm4, out, NONCE, 12, HEADER, 24, secret_bytes(), LENGTH, 16);
}

/* Of what was sealed, with the right tag: all its bytes would be compared one after the other. */
static void ccm_open(size_t tag_length)
{
    linli_sm4 sm4 = secret_key();
    linli_ccm_seal(&sm4, out, NONCE, 12, HEADER, 24, secret_bytes(), 50, tag_length);
    make_public(out, sizeof out);
    linli_ccm_open(&sm4, out, NONCE, 12, HEADER, 24, out, 50 + tag_length, tag_length);
}

static void ccm_open_4(void)
{
    ccm_open(4);
}

static void ccm_open_16(void)
{
    ccm_open(16);
}

static linli_gcm secret_gcm(void)
{
    linli_gcm gcm;
    linli_gcm_init(&gcm, engine, secret_bytes());
    return gcm;
}

static void gcm_seal(void)
{
    linli_gcm gcm = secret_gcm();
    linli_gcm_seal(&gcm, out, NONCE, 12, HEADER, 24, secret_bytes(), 50, 16);
    linli_gcm_seal(&gcm, out, NONCE, 12, HEADER, 24, secret_bytes(), LENGTH, 16);
}

static void gcm_open(size_t length, size_t tag_length)
{
    linli_gcm gcm = secret_gcm();
    linli_gcm_seal(&gcm, out, NONCE, 12, HEADER, 24, secret_bytes(), length, tag_length);
    make_public(out, sizeof out);
    linli_gcm_open(&gcm, out, NONCE, 12, HEADER, 24, out, length + tag_length, tag_length);
}

static void gcm_open_4(void)
{
    gcm_open(50, 4);
    gcm_open(LENGTH, 4);
}

static void gcm_open_16(void)
{
    gcm_open(50, 16);
    gcm_open(LENGTH, 16);
}

/* What no engine does, to see what a comparison that ends early would count. */
static void early_exit(size_t tag_length)
{
    const uint8_t *tag = secret_bytes(), *claimed = tag;
    for (size_t i = 0; i < tag_length; i++) {
        if (*(const volatile uint8_t *)(tag + i) != *(const volatile uint8_t *)(claimed + i)) {
            return;
        }
    }
}

static void early_exit_4(void)
{
    early_exit(4);
}

static void early_exit_16(void)
{
    early_exit(16);
}

/* MESSAGES messages under as many keys. */
typedef struct {
    linli_keys keys;
    linli_batch batch;
    uint32_t round_keys[32 * MESSAGES], slots[MESSAGES];
    uint64_t in_offsets[MESSAGES + 1], out_offsets[MESSAGES + 1];
    uint8_t used[MESSAGES], nonces[12 * MESSAGES], status[MESSAGES];
    uint8_t material[16 * MESSAGES], in[MESSAGE_LENGTH * MESSAGES];
    uint8_t packets[(MESSAGE_LENGTH + 16) * MESSAGES];
} many;

static void seal_batch(many *made, size_t tag_length)
{
    size_t at;
    memset(made, 0, sizeof *made);
    made->keys.engine = engine;
    made->keys.round_keys = made->round_keys;
    made->keys.used = made->used;
    made->keys.slots = MESSAGES;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        made->slots[i] = i;
        made->in_offsets[i + 1] = made->in_offsets[i] + 8 + i % (MESSAGE_LENGTH - 8);
    }
    make_secret(made->material, sizeof made->material);
    make_secret(made->in, sizeof made->in);
    linli_keys_set(&made->keys, made->slots, made->material, MESSAGES, &at);
    made->batch = (linli_batch){
        .keys = &made->keys,
        .slots = made->slots,
        .nonces = made->nonces,
        .in = made->in,
        .in_offsets = made->in_offsets,
        .out = made->packets,
        .out_offsets = made->out_offsets,
        .status = made->status,
        .in_length = sizeof made->in,
        .out_length = sizeof made->packets,
        .count = MESSAGES,
        .header_length = 8,
        .tag_length = tag_length,
    };
    linli_seal_many(&made->batch, &at);
}

static void batch_seal(void)
{
    many made;
    seal_batch(&made, 16);
}

static void batch_open(size_t tag_length)
{
    many made;
    uint64_t out_offsets[MESSAGES + 1];
    size_t at;
    seal_batch(&made, tag_length);
    make_public(made.packets, sizeof made.packets);
    made.batch.in = made.packets;
    made.batch.in_length = sizeof made.packets;
    made.batch.in_offsets = made.out_offsets;
    made.batch.out = made.in;
    made.batch.out_length = sizeof made.in;
    made.batch.out_offsets = out_offsets;
    linli_open_many(&made.batch, &at);
}

static void batch_open_4(void)
{
    batch_open(4);
}

static void batch_open_16(void)
{
    batch_open(16);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } JOBS[] = {
        {"schedule", schedule},       {"ecb", ecb},
        {"cbc", cbc},                 {"ctr", ctr},
        {"cmac", cmac},               {"kdf", kdf},
        {"hmac", hmac},               {"ghash", ghash},
        {"ccm-seal", ccm_seal},       {"ccm-open-4", ccm_open_4},
        {"ccm-open-16", ccm_open_16}, {"gcm-seal", gcm_seal},
        {"gcm-open-4", gcm_open_4},   {"gcm-open-16", gcm_open_16},
        {"batch-seal", batch_seal},   {"batch-open-4", batch_open_4},
        {"batch-open-16", batch_open_16}, {"early-exit-4", early_exit_4},
        {"early-exit-16", early_exit_16},
    };
    for (size_t i = 0; (engine = linli_engine_at(i)) != NULL; i++) {
        for (size_t j = 0; j < sizeof JOBS / sizeof JOBS[0]; j++) {
            size_t before = VALGRIND_COUNT_ERRORS;
            JOBS[j].run();
            printf("%s %d %s %lu\n", linli_engine_name(engine), linli_engine_constant_time(engine),
                   JOBS[j].name, (unsigned long)(VALGRIND_COUNT_ERRORS - before));
        }
    }
    return 0;
}
