/* What this processor can do, and the operating system saves. */
#ifndef LINLI_X86_FEATURES_H
#define LINLI_X86_FEATURES_H

#include <cpuid.h>
#include <stdint.h>

enum {
    X86_AES = 1,    /* AES-NI, PCLMULQDQ, SSE4.1 */
    X86_AVX2 = 2,   /* AVX2, BMI1, BMI2 */
    X86_GFNI = 4,   /* and VPCLMULQDQ */
    X86_AVX512 = 8, /* AVX512F, BW, DQ, VL */
};

/* Whether it has all of `wanted`. */
static inline int x86_has(unsigned wanted)
{
    unsigned a, b, c, d, has = 0;
    unsigned low = 0, high = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) {
        return 0;
    }
    if ((c & bit_AES) != 0 && (c & bit_PCLMUL) != 0 && (c & bit_SSE4_1) != 0) {
        has |= X86_AES;
    }
    if ((c & bit_OSXSAVE) != 0) {
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    }
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        b = c = 0;
    }
    const unsigned avx2 = bit_AVX2 | bit_BMI | bit_BMI2;
    const unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    if ((low & 6) == 6 && (b & avx2) == avx2) {
        has |= X86_AVX2;
    }
    if ((c & bit_GFNI) != 0 && (c & bit_VPCLMULQDQ) != 0) {
        has |= X86_GFNI;
    }
    if ((low & 0xE6) == 0xE6 && (b & avx512) == avx512) {
        has |= X86_AVX512;
    }
    return (has & wanted) == wanted;
}

#endif
