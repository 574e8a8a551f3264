/*
 * Whether time depends on secrets, measured as dudect does (Reparaz, Balasch and Verbauwhede 2017).
 *
 *   timing SAMPLES
 *
 * Each job gets inputs of two classes in random order, most often one fixed input and random ones.
 * Welch's t-test tells whether the two classes' mean times differ: on all samples, and on those
 * below a percentile, since interrupts hide in the upper ones what there is. Prints the largest |t|
 * for each engine and job, and whether the engine is called constant-time. The engine "control" is
 * no engine: its comparison ends at the first difference, and must be seen.
 *
 * One above 4.5 is worth more samples; a leak's grows with their square root. A t near 0 proves
 * nothing: the portable engine's table gives one, being in the nearest cache here, out of which
 * another program could throw it. What depends on secrets in the code, secrets.c counts.
 */
#include "engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An instant, in ticks of the finest clock, that no instruction moves across. */
#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
static uint64_t now(void)
{
    _mm_lfence();
    uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
}
#elif defined(__aarch64__)
static uint64_t now(void)
{
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
    return ticks;
}
#else
#error "no clock is known for this processor"
#endif

#define MOST 1024 /* bytes of an input */

/* What a job does with one input; keys and all else are in `setting`. */
typedef struct {
    const linli_engine *engine;
    linli_sm4 sm4;
    linli_gcm gcm;
    uint8_t secret[16];
    uint8_t sealed[64]; /* CCM without a header: 48 bytes and the right tag */
} setting;

typedef struct {
    const char *name;
    size_t length;
    void (*prepare)(const setting *with, uint8_t *input, size_t length, int fixed);
    void (*run)(setting *with, const uint8_t *input);
} job;

static uint64_t random_state = 1;

/* Marsaglia's xorshift64. */
static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void fill(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(random_bits() >> 32);
    }
}

static uint8_t sink[MOST];

static void fixed_or_random(const setting *with, uint8_t *input, size_t length, int fixed)
{
    (void)with;
    fill(input, length); /* for both, so that what comes before a call is the same */
    if (fixed) {
        memset(input, 0, length);
    }
}

/* Wrong in the last byte alone, or wrong in all: a comparison that ends early ends late or soon. */
static void last_or_all_wrong(const uint8_t right[16], uint8_t tag[16], int fixed)
{
    uint8_t mask = (uint8_t)(1 + random_bits() % 255);
    for (size_t i = 0; i < 16; i++) {
        tag[i] = (uint8_t)(right[i] ^ (!fixed || i == 15 ? mask : 0));
    }
}

static void guess_secret(const setting *with, uint8_t *input, size_t length, int fixed)
{
    (void)length;
    last_or_all_wrong(with->secret, input, fixed);
}

static void guess_tag(const setting *with, uint8_t *input, size_t length, int fixed)
{
    memcpy(input, with->sealed, length);
    last_or_all_wrong(with->sealed + length - 16, input + length - 16, fixed);
}

static void compare_until_different(setting *with, const uint8_t *input)
{
    const volatile uint8_t *secret = with->secret;
    size_t i = 0;
    while (i < 16 && secret[i] == input[i]) {
        i++;
    }
    sink[0] = i == 16;
}

static void schedule(setting *with, const uint8_t *input)
{
    with->engine->schedule(with->sm4.round_keys, input);
}

static void one_block(setting *with, const uint8_t *input)
{
    linli_sm4_encrypt(&with->sm4, sink, input);
}

static void blocks(setting *with, const uint8_t *input)
{
    linli_ecb_encrypt(&with->sm4, sink, input, MOST / 16);
}

static void ccm_open(setting *with, const uint8_t *input)
{
    static const uint8_t NONCE[12];
    linli_ccm_open(&with->sm4, sink, NONCE, 12, NULL, 0, input, 64, 16);
}

static void ghash(setting *with, const uint8_t *input)
{
    with->engine->ghash(with->gcm.powers, sink, input, 16);
}

static void ghash_key(setting *with, const uint8_t *input)
{
    with->engine->ghash_init(with->gcm.powers, input);
}

/* One sample. */
typedef struct {
    uint64_t ticks;
    int fixed;
} sample;

static int by_ticks(const void *left, const void *right)
{
    uint64_t a = ((const sample *)left)->ticks, b = ((const sample *)right)->ticks;
    return (a > b) - (a < b);
}

/* Welch's t of the classes in samples[0] to samples[count - 1]; 0 when one is hardly there. */
static double welch(const sample *samples, size_t count)
{
    double n[2] = {0, 0}, mean[2] = {0, 0}, squares[2] = {0, 0}; /* Welford's way */
    for (size_t i = 0; i < count; i++) {
        int class = samples[i].fixed;
        double off = (double)samples[i].ticks - mean[class];
        n[class]++;
        mean[class] += off / n[class];
        squares[class] += off * ((double)samples[i].ticks - mean[class]);
    }
    if (n[0] < 100 || n[1] < 100) {
        return 0;
    }
    double error = squares[0] / (n[0] - 1) / n[0] + squares[1] / (n[1] - 1) / n[1];
    /* Where all of a class took one time, half a tick is as exact as the clock can be. */
    error += 1.0 / 12 / n[0] + 1.0 / 12 / n[1];
    return (mean[0] - mean[1]) / sqrt(error);
}

/* The largest |t| over the percentiles; sorts the samples. */
static double largest_t(sample *samples, size_t count)
{
    static const unsigned PERCENTILES[] = {50, 75, 90, 95, 99, 100};
    double largest = 0;
    qsort(samples, count, sizeof *samples, by_ticks);
    for (size_t i = 0; i < sizeof PERCENTILES / sizeof PERCENTILES[0]; i++) {
        double t = fabs(welch(samples, count * PERCENTILES[i] / 100));
        largest = t > largest ? t : largest;
    }
    return largest;
}

/* The inputs of some samples are made ahead, so that the cache knows them all alike. */
#define AHEAD 64

static double measure(setting *with, const job *measured, sample *samples, size_t count)
{
    static uint8_t inputs[AHEAD][MOST];
    for (size_t from = 0; from < count; from += AHEAD) {
        size_t taken = count - from < AHEAD ? count - from : AHEAD;
        for (size_t i = 0; i < taken; i++) {
            samples[from + i].fixed = (int)(random_bits() >> 40 & 1);
            measured->prepare(with, inputs[i], measured->length, samples[from + i].fixed);
        }
        measured->run(with, inputs[0]); /* code and tables are back in the cache */
        for (size_t i = 0; i < taken; i++) {
            uint64_t before = now();
            measured->run(with, inputs[i]);
            samples[from + i].ticks = now() - before;
        }
    }
    return largest_t(samples, count);
}

static setting set_up(const linli_engine *engine)
{
    static const uint8_t NONCE[12];
    setting made = {.engine = engine};
    uint8_t key[16], body[48] = {0};
    fill(key, 16);
    fill(made.secret, 16);
    linli_gcm_init(&made.gcm, engine, key);
    made.sm4 = made.gcm.sm4;
    linli_ccm_seal(&made.sm4, made.sealed, NONCE, 12, NULL, 0, body, 48, 16);
    return made;
}

int main(int argument_count, char **arguments)
{
    static const job CONTROL = {"compare", 16, guess_secret, compare_until_different};
    static const job JOBS[] = {
        {"one block", 16, fixed_or_random, one_block},
        {"64 blocks", MOST, fixed_or_random, blocks},
        {"tag", 64, guess_tag, ccm_open},
        {"GHASH", 256, fixed_or_random, ghash},
        {"GHASH key", 16, fixed_or_random, ghash_key},
        {"key", 16, fixed_or_random, schedule}, /* the last: it changes the key */
    };
    size_t count = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 100000;
    sample *samples = malloc(count * sizeof *samples);
    if (samples == NULL || count < 1000) {
        fprintf(stderr, "timing SAMPLES, 1000 or more\n");
        return 2;
    }
    setting with = set_up(linli_engine_at(0));
    printf("%-12s %-13s %-10s %8s\n", "engine", "constant time", "job", "|t|");
    printf("%-12s %-13s %-10s %8.1f\n", "control", "no", CONTROL.name,
           measure(&with, &CONTROL, samples, count));
    for (size_t i = 0; linli_engine_at(i) != NULL; i++) {
        const linli_engine *engine = linli_engine_at(i);
        for (size_t j = 0; j < sizeof JOBS / sizeof JOBS[0]; j++) {
            if (j == 0) {
                with = set_up(engine);
            }
            printf("%-12s %-13s %-10s %8.1f\n", linli_engine_name(engine),
                   linli_engine_constant_time(engine) ? "yes" : "no", JOBS[j].name,
                   measure(&with, &JOBS[j], samples, count));
            fflush(stdout);
        }
    }
    free(samples);
    return 0;
}
