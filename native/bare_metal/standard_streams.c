/*
 * Standard input and output of a program without an operating system, as picolibc takes them: the
 * file INPUT, linked into the program, and the console of qemu's semihosting.
 */
#include <semihost.h>
#include <stdint.h>
#include <stdio.h>

__asm__(".section .rodata\n"
        "input_start: .incbin \"" INPUT "\"\n"
        "input_end:\n");
extern const uint8_t input_start[], input_end[];

static int get(FILE *stream)
{
    static const uint8_t *at = input_start;
    (void)stream;
    return at < input_end ? *at++ : _FDEV_EOF;
}

static FILE streams = FDEV_SETUP_STREAM(sys_semihost_putc, get, NULL, _FDEV_SETUP_RW);
FILE *const stdin = &streams;
FILE *const stdout = &streams;
