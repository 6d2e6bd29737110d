#pragma once

// Compiles a plain loop once for each vector width and picks one when the program starts. Only for
// loops whose result does not depend on the width: no sum that the compiler would have to reorder.
// Clang and other processors take the loop as it is.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VERNIER_VECTOR_CLONES [[gnu::target_clones("default", "avx2", "arch=x86-64-v4")]]
#else
#define VERNIER_VECTOR_CLONES
#endif
