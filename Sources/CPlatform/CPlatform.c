#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CPlatform.h"
#include "ThreadLocal.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

void cplatform_condition_init(cplatform_condition *condition) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
#ifndef __APPLE__
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
  pthread_cond_init(&condition->condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

void cplatform_condition_wait_until(
    cplatform_condition *condition, cplatform_lock *lock, int64_t deadline) {
#ifdef __APPLE__
  // macOS has no monotonic condition; it has a relative wait.
  int64_t remaining = deadline - cplatform_now();
  if (remaining <= 0) return;
  struct timespec span = {remaining / 1000000000, remaining % 1000000000};
  pthread_cond_timedwait_relative_np(&condition->condition, &lock->mutex, &span);
#else
  struct timespec moment = {deadline / 1000000000, deadline % 1000000000};
  pthread_cond_timedwait(&condition->condition, &lock->mutex, &moment);
#endif
}

typedef struct {
  void (*body)(void *);
  void *argument;
  char name[16];
} cplatform_thread;

static void *cplatform_thread_main(void *raw) {
  cplatform_thread thread = *(cplatform_thread *)raw;
  free(raw);
#ifdef __APPLE__
  pthread_setname_np(thread.name);
#else
  pthread_setname_np(pthread_self(), thread.name);
#endif
  thread.body(thread.argument);
  return NULL;
}

bool cplatform_thread_start(void (*body)(void *), void *argument, size_t stack_size,
                            const char *name) {
  cplatform_thread *thread = malloc(sizeof *thread);
  if (thread == NULL) return false;
  thread->body = body;
  thread->argument = argument;
  strncpy(thread->name, name, sizeof thread->name - 1);
  thread->name[sizeof thread->name - 1] = 0;

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_size);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);

  // A thread inherits the mask of the one that starts it. Faults stay unblocked: a blocked fault
  // ends the program without the report of Swift's backtracer.
  sigset_t blocked, previous;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGSEGV);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGILL);
  sigdelset(&blocked, SIGTRAP);
  sigdelset(&blocked, SIGFPE);
  sigdelset(&blocked, SIGABRT);
  pthread_sigmask(SIG_SETMASK, &blocked, &previous);
  pthread_t id;
  int error = pthread_create(&id, &attributes, cplatform_thread_main, thread);
  pthread_sigmask(SIG_SETMASK, &previous, NULL);
  pthread_attr_destroy(&attributes);
  if (error != 0) free(thread);
  return error == 0;
}

void cplatform_relax(int round) {
  if (round < 64) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
  } else if (round < 96) {
    sched_yield();
  } else {
    struct timespec moment = {0, 50000};
    nanosleep(&moment, NULL);
  }
}

int cplatform_processor_count(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : (int)count;
}

static CPLATFORM_THREAD_LOCAL void *cplatform_current = NULL;

__attribute__((noinline)) void *cplatform_current_get(void) { return cplatform_current; }
__attribute__((noinline)) void cplatform_current_set(void *process) {
  cplatform_current = process;
}

static CPLATFORM_THREAD_LOCAL void *cplatform_worker = NULL;

__attribute__((noinline)) void *cplatform_worker_get(void) { return cplatform_worker; }
__attribute__((noinline)) void cplatform_worker_set(void *worker) { cplatform_worker = worker; }

int64_t cplatform_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t cplatform_cpu_clock(void) {
#ifdef __linux__
  clockid_t clock;
  if (pthread_getcpuclockid(pthread_self(), &clock) == 0) return clock;
#endif
  return 0;
}

int64_t cplatform_cpu_time(int64_t clock) {
  struct timespec time;
  if (clock == 0 || clock_gettime((clockid_t)clock, &time) != 0) return -1;
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t cplatform_coarse_now(void) {
#ifdef CLOCK_MONOTONIC_COARSE
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#else
  return cplatform_now();
#endif
}

void *cplatform_allocate(size_t size) {
  void *memory = malloc(size);
  if (memory == NULL) abort();
  return memory;
}
void cplatform_free(void *memory) { free(memory); }

void cplatform_populate(void *memory, size_t size) {
#ifdef MADV_POPULATE_WRITE
  const uintptr_t page = 4096;
  uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t)memory + size) & ~(page - 1);
  if (start < end) (void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
#endif
}

void cplatform_reserve(void) {
#ifdef __GLIBC__
  // Less than what malloc would ask the system for apart, and than what it would give back to it at once.
  enum { step = 120 << 10 };
  void *memory = malloc(step);
  if (memory == NULL) return;
  cplatform_populate(memory, step);
  free(memory);
#endif
}

size_t cplatform_allocated_bytes(void) {
#ifdef __GLIBC__
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd + cplatform_slab_bytes();
#else
  return 0;
#endif
}
