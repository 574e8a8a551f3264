/*
 * Counts what the core costs a board: bare metal, RV32IMC, no operating system below.
 *
 * Prints the C library's version, the sizes of the contexts, and one line a job: its name,
 * instructions from call to return, bytes of stack below the caller. Written for
 * qemu-system-riscv32 -M virt -bios none -icount shift=0, where minstret counts every instruction
 * once; picolibc's semihosting carries the text out.
 */
#include "linli_core.h"
#include "portable.h"

#include <stdio.h>
#include <string.h>

#define STACK_WATCHED 4096
#define PAINT 0xA5C3965Au

/* A usual packet, and the frame around it. */
#define HEADER 8
#define BODY 48
#define TAG 8
#define PACKET (HEADER + BODY + TAG)

static const uint8_t NONCE[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static linli_sm4 sm4;
static linli_sm3 sm3;
static uint8_t block[16], body[BODY], packet[PACKET], frame[PACKET + 2], mac[16];
static uint8_t opened[BODY], unframed[PACKET + 2];
static volatile int result;

static void nothing(void)
{
}

static void schedule(void)
{
    linli_sm4_init(&sm4, NULL, block);
}

static void encrypt(void)
{
    linli_sm4_encrypt(&sm4, block, block);
}

static void seal(void)
{
    result = linli_packet_seal(&sm4, packet, NONCE, block, HEADER, body, BODY, TAG);
}

static void open(void)
{
    result = linli_packet_open(&sm4, opened, NONCE, packet, PACKET, HEADER, TAG);
}

static void cmac(void)
{
    linli_cmac(&sm4, mac, body, BODY);
}

static void hash_block(void)
{
    linli_portable_sm3(sm3.state, packet, 1);
}

static void crc(void)
{
    result = linli_crc16(NULL, packet, PACKET, 0);
}

static void stuff(void)
{
    result = (int)linli_cobs_encode(frame, packet, PACKET);
}

static void unstuff(void)
{
    result = (int)linli_cobs_decode(unframed, frame, (size_t)result);
}

static inline uint32_t *stack_pointer(void)
{
    uint32_t *pointer;
    __asm__ volatile("mv %0, sp" : "=r"(pointer));
    return pointer;
}

static inline uint32_t instructions(void)
{
    uint32_t count;
    __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstret\n.option pop"
                     : "=r"(count)
                     :
                     : "memory");
    return count;
}

/* Paints the stack below itself, runs the job, and looks how far down the paint is gone. */
__attribute__((noinline)) static void run(void (*job)(void), uint32_t *count, uint32_t *stack)
{
    volatile uint32_t *top = stack_pointer();
    volatile uint32_t *bottom = top - STACK_WATCHED / 4;
    for (volatile uint32_t *at = bottom; at < top; at++) {
        *at = PAINT;
    }
    uint32_t before = instructions();
    job();
    *count = instructions() - before;
    while (bottom < top && *bottom == PAINT) {
        bottom++;
    }
    *stack = (uint32_t)(top - bottom) * 4;
}

static void report(const char *name, void (*job)(void))
{
    uint32_t empty, count, stack;
    run(nothing, &empty, &stack);
    run(job, &count, &stack);
    printf("%s %u %u\n", name, (unsigned)(count - empty), (unsigned)stack);
}

int main(void)
{
    for (unsigned i = 0; i < BODY; i++) {
        body[i] = (uint8_t)(7 * i);
    }
    linli_sm3_init(&sm3, NULL);
    printf("picolibc %s\n", _PICOLIBC_VERSION);
    printf("contexts %u %u\n", (unsigned)sizeof sm4, (unsigned)sizeof sm3);
    report("schedule", schedule);
    report("block", encrypt);
    report("seal", seal);
    report("open", open);
    if (result != 0 || memcmp(opened, body, BODY) != 0) {
        printf("not opened\n");
        return 1;
    }
    report("cmac", cmac);
    report("sm3", hash_block);
    report("crc16", crc);
    report("cobs_encode", stuff);
    report("cobs_decode", unstuff);
    if (result != PACKET || memcmp(unframed, packet, PACKET) != 0) {
        printf("not decoded\n");
        return 1;
    }
    return 0;
}
