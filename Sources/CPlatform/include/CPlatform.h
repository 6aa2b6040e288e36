// The few things of the platform that Swift cannot say, or that ThreadSanitizer cannot see through
// Swift: a mutex, a condition, a thread, the calling worker's current process, a clock.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

// MARK: Mutex and condition
//
// Not Synchronization.Mutex: on Linux ThreadSanitizer does not understand its futex and reports
// races that are none. It understands pthreads.

typedef struct {
  pthread_mutex_t mutex;
} cplatform_lock;

static inline void cplatform_lock_init(cplatform_lock *lock) {
  pthread_mutex_init(&lock->mutex, NULL);
}
static inline void cplatform_lock_destroy(cplatform_lock *lock) {
  pthread_mutex_destroy(&lock->mutex);
}
static inline void cplatform_lock_lock(cplatform_lock *lock) { pthread_mutex_lock(&lock->mutex); }
static inline void cplatform_lock_unlock(cplatform_lock *lock) {
  pthread_mutex_unlock(&lock->mutex);
}

typedef struct {
  pthread_cond_t condition;
} cplatform_condition;

// The condition waits on the monotonic clock, so a change of the wall clock moves no timer.
void cplatform_condition_init(cplatform_condition *condition);
static inline void cplatform_condition_destroy(cplatform_condition *condition) {
  pthread_cond_destroy(&condition->condition);
}
static inline void cplatform_condition_signal(cplatform_condition *condition) {
  pthread_cond_signal(&condition->condition);
}
static inline void cplatform_condition_broadcast(cplatform_condition *condition) {
  pthread_cond_broadcast(&condition->condition);
}
static inline void cplatform_condition_wait(cplatform_condition *condition, cplatform_lock *lock) {
  pthread_cond_wait(&condition->condition, &lock->mutex);
}
// Waits until `deadline`, a reading of cplatform_now().
void cplatform_condition_wait_until(
    cplatform_condition *condition, cplatform_lock *lock, int64_t deadline);

// Keeps what stands before it in the program before it in the machine's code, and what stands behind it
// behind. No instruction. An atomic word is no lock to Swift's optimizer: without this it takes hold of an
// object that it found under a lock only after the unlocking, when the object may be gone.
static inline void cplatform_keep_order(void) { __asm__ volatile("" ::: "memory"); }

// What a thread does in the given round of waiting for a lock: at first next to nothing, then it lets
// others run, at last it sleeps for a moment, since the holder may have been descheduled.
void cplatform_relax(int round);

// MARK: Threads

// Starts a detached thread with all signals blocked, so that the program's own thread gets them.
// Returns false when the system has no thread left.
bool cplatform_thread_start(void (*body)(void *_Nullable), void *_Nullable argument,
                            size_t stack_size, const char *name);

int cplatform_processor_count(void);

// MARK: The process whose code runs on this thread
//
// Functions that the compiler cannot inline: a task may go on on another thread after each
// suspension, and an inlined read of a thread-local could be kept across it.

void *_Nullable cplatform_current_get(void);
void cplatform_current_set(void *_Nullable process);

// The scheduler's worker that the calling thread is; NULL on other threads.
void *_Nullable cplatform_worker_get(void);
void cplatform_worker_set(void *_Nullable worker);

// MARK: Memory

// malloc and free. Swift's own raw allocation asks for an alignment even where malloc's own will do, which
// takes three times as long.
void *cplatform_allocate(size_t size);
void cplatform_free(void *memory);

// Has the system give these pages now, all at once, rather than one by one when they are first written.
void cplatform_populate(void *memory, size_t size);
// Makes room for what the calling thread is about to allocate. The memory of a thread other than the first grows in
// glibc by a page at a time, with a system call for each and a fault: a tenth and a fifth of the time that it takes to
// start a process.
void cplatform_reserve(void);

// The same for small blocks that come and go by the million, such as letters: see Blocks.c. Threads that have begun to
// keep such blocks give them out again without a lock; a block may be freed by another thread than had it allocated.
// `size` is the same at both. Keeping ends with the thread.
void *cplatform_block_allocate(size_t size);
void cplatform_block_free(void *memory, size_t size);
void cplatform_blocks_begin(void);
void cplatform_blocks_end(void);
// Gives back to the system what nobody uses; to be called when nothing much is going on.
void cplatform_blocks_trim(void);
// What blocks take, used or not.
size_t cplatform_slab_bytes(void);

// Bytes that malloc has given out and not got back, and those of blocks; 0 where the system doesn't say.
size_t cplatform_allocated_bytes(void);

// MARK: Clock

// Nanoseconds of the monotonic clock.
int64_t cplatform_now(void);
// The same clock as of its last tick, at a seventh of the cost; behind by at most the tick below.
int64_t cplatform_coarse_now(void);
static const int64_t cplatform_coarse_tick = 4000000;
// The clock of the calling thread's processor time, for other threads to read; 0 where there is none. Linux only.
int64_t cplatform_cpu_clock(void);
// Nanoseconds that the thread of that clock has run; -1 when that is unknown.
int64_t cplatform_cpu_time(int64_t clock);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
