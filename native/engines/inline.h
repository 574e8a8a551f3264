/* What must be inlined for registers' sake, whatever a compiler thinks of its size. */
#ifndef LINLI_INLINE_H
#define LINLI_INLINE_H

#ifdef __GNUC__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

#endif
