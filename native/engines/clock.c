/* A known number of the processor's cycles: benchmarks tell its clock's rate by them. */
#include "linli_engines.h"

/* Only GNU compilers promise to keep the chain; without it nobody knows how long the loop takes. */
#if defined(__GNUC__)
#define KEEP(x) __asm__ volatile("" : "+r"(x))
#define ADD(sum, x) (sum) += (x); KEEP(sum)
#define ADD_8(sum, x)                                   \
    ADD(sum, x); ADD(sum, x); ADD(sum, x); ADD(sum, x); \
    ADD(sum, x); ADD(sum, x); ADD(sum, x); ADD(sum, x)

size_t linli_spin(size_t cycles)
{
    /* Two registers: processors that add constants while they rename take no cycle for those. */
    size_t sum = 0;
    size_t x = 1;
    KEEP(x);
    size_t rounds = cycles / 64;
    for (size_t i = 0; i < rounds; i++) {
        ADD_8(sum, x);
        ADD_8(sum, x);
        ADD_8(sum, x);
        ADD_8(sum, x);
        ADD_8(sum, x);
        ADD_8(sum, x);
        ADD_8(sum, x);
        ADD_8(sum, x);
    }
    return sum;
}
#else
size_t linli_spin(size_t cycles)
{
    (void)cycles;
    return 0;
}
#endif
