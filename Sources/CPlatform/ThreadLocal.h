#ifndef CPLATFORM_THREAD_LOCAL_H
#define CPLATFORM_THREAD_LOCAL_H

// Which C library this is.
#include <stdlib.h>

// A variable of each thread. With glibc it is found by one addition. By default the code would allow for being part of a
// library that is loaded at run time, for which a function has to be asked, and keep registers for that call. It may still
// be part of one: glibc keeps room for some hundred bytes of these. Others may not.
#if defined(__linux__) && defined(__GLIBC__)
#define CPLATFORM_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define CPLATFORM_THREAD_LOCAL _Thread_local
#endif

#endif
