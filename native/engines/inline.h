/*
 * What must be inlined for registers' sake, whatever a compiler thinks of its size. Builds with
 * sanitizers define it themselves, without: it would cost their compilers most of a minute.
 */
#ifndef LINLI_INLINE_H
#define LINLI_INLINE_H

#ifndef INLINE
#ifdef __GNUC__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif
#endif

#endif
