// Blocks of few sizes that come and go by the million, and of which there may be millions at once: letters.
//
// A thread gives out blocks that it was given back, without a lock, in *chains* of so many; what it has too much of it
// brings to the depot, a whole chain at a time, and from there it takes the next. So they come back where one thread
// allocates what another frees. New blocks are cut off a *slab*, of one size, in order: malloc would take a lock for
// each, ask the system for each page, and remember 16 bytes beside each.
//
// When nothing much goes on, slabs of which all blocks are in the depot are given back to the system (`trim`).
//
// Invariants:
// 1. A block is with its user, or in one chain, or yet to be cut off. Chains, and what is yet to be cut off, belong to
//    one thread, or to the depot and whoever has its mutex.
// 2. A slab begins at a multiple of its size, so a block's address tells its slab. Its memory is zero when it is new,
//    and `in_depot` is again when nobody trims.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CPlatform.h"
#include "ThreadLocal.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
  block_step = 32,
  block_sizes = 5,
  chain_length = 256,
  slab_size = 64 << 10,
  slab_head = 64,
  // So much is asked of the system at once.
  region_size = 16 * slab_size,
  // With fewer chains of a size in the depot it is not worth while to look what can be given back.
  worth_trimming = 16
};

typedef struct block {
  struct block *next;
  // Of the first block of a chain in the depot.
  struct block *next_chain;
} block;

typedef struct slab {
  int count;
  // Of who trims: how many of its blocks have been seen in the depot, and whether it is to go, with which others.
  int in_depot;
  bool is_leaving;
  struct slab *next;
} slab;

_Static_assert(sizeof(block) <= block_step, "a free block has to hold its links");
_Static_assert(sizeof(slab) <= slab_head, "a slab's own fields come before its blocks");

// What belongs to a thread, or is shared by those that keep nothing.
typedef struct {
  struct {
    // The chain that is given out of, and how many more it may have; and one that is full.
    block *first;
    int room;
    block *full;
    // What is yet to be cut off a slab.
    char *fresh, *end;
  } sizes[block_sizes + 1];
  bool is_shared;
} cache;

// Of a thread that keeps nothing, there is nothing in it, and no room: so the short ways need not ask.
static CPLATFORM_THREAD_LOCAL cache own;
static CPLATFORM_THREAD_LOCAL bool keeps;

static struct {
  pthread_mutex_t mutex;
  struct {
    block *first;
    // Read without the mutex by who only wants to know whether it is worth a look.
    _Atomic int count;
  } chains[block_sizes + 1];
  // Of threads that keep nothing, which use it under the mutex.
  cache shared;
  char *region, *region_end;
} depot = {.mutex = PTHREAD_MUTEX_INITIALIZER, .shared = {.is_shared = true}};

static _Atomic size_t slab_count;

// MARK: Slabs

// Under the mutex. The system's memory begins at a multiple of a page only; what is around the regions is given back.
static char *slab_allocate(void) {
  if (depot.region == depot.region_end) {
    size_t size = region_size + slab_size;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) abort();
    char *start = (char *)(((uintptr_t)memory + slab_size - 1) & ~(uintptr_t)(slab_size - 1));
    if (start > memory) munmap(memory, start - memory);
    munmap(start + region_size, memory + size - (start + region_size));
    depot.region = start;
    depot.region_end = start + region_size;
  }
  char *new = depot.region;
  depot.region += slab_size;
  slab_count++;
  return new;
}

static slab *slab_of(void *memory) {
  return (slab *)((uintptr_t)memory & ~(uintptr_t)(slab_size - 1));
}

size_t cplatform_slab_bytes(void) { return slab_count * slab_size; }

// MARK: The depot

// Under the mutex.
static void bring(size_t index, block *chain) {
  chain->next_chain = depot.chains[index].first;
  depot.chains[index].first = chain;
  depot.chains[index].count++;
}

// Under the mutex; NULL when there is none.
static block *take(size_t index) {
  block *chain = depot.chains[index].first;
  if (chain == NULL) return NULL;
  depot.chains[index].first = chain->next_chain;
  depot.chains[index].count--;
  return chain;
}

static void bring_locking(size_t index, block *chain) {
  pthread_mutex_lock(&depot.mutex);
  bring(index, chain);
  pthread_mutex_unlock(&depot.mutex);
}

// MARK: Allocating and freeing

// The shared cache is used under the mutex.
static void lock_unless_shared(const cache *cache) {
  if (!cache->is_shared) pthread_mutex_lock(&depot.mutex);
}
static void unlock_unless_shared(const cache *cache) {
  if (!cache->is_shared) pthread_mutex_unlock(&depot.mutex);
}

static void *allocate(cache *cache, size_t index) {
  __typeof__(cache->sizes[0]) *mine = &cache->sizes[index];
  if (mine->first == NULL) {
    mine->first = mine->full;
    mine->full = NULL;
    if (mine->first == NULL && depot.chains[index].count > 0) {
      lock_unless_shared(cache);
      mine->first = take(index);
      unlock_unless_shared(cache);
    }
    // Not all chains are of that length: the room only says when there is enough.
    mine->room = mine->first == NULL ? chain_length : 0;
  }
  block *first = mine->first;
  if (first != NULL) {
    mine->first = first->next;
    mine->room++;
    return first;
  }
  if (mine->fresh == mine->end) {
    lock_unless_shared(cache);
    char *memory = slab_allocate();
    unlock_unless_shared(cache);
    // Where there was one before, more will follow.
    if (mine->end != NULL) cplatform_populate(memory, slab_size);
    slab *new = (slab *)memory;
    new->count = (slab_size - slab_head) / (int)(index * block_step);
    mine->fresh = memory + slab_head;
    mine->end = mine->fresh + new->count * index * block_step;
  }
  void *fresh = mine->fresh;
  mine->fresh += index * block_step;
  return fresh;
}

static void give_back(cache *cache, void *memory, size_t index) {
  __typeof__(cache->sizes[0]) *mine = &cache->sizes[index];
  if (mine->room == 0) {
    if (mine->full != NULL) {
      lock_unless_shared(cache);
      bring(index, mine->full);
      unlock_unless_shared(cache);
    }
    mine->full = mine->first;
    mine->first = NULL;
    mine->room = chain_length;
  }
  block *new = memory;
  new->next = mine->first;
  mine->first = new;
  mine->room--;
}

static size_t index_of(size_t size) { return (size + block_step - 1) / block_step; }

__attribute__((noinline)) static void *allocate_slowly(size_t size) {
  size_t index = index_of(size);
  if (index > block_sizes) return cplatform_allocate(size);
  if (keeps) return allocate(&own, index);
  pthread_mutex_lock(&depot.mutex);
  void *memory = allocate(&depot.shared, index);
  pthread_mutex_unlock(&depot.mutex);
  return memory;
}

__attribute__((noinline)) static void free_slowly(void *memory, size_t size) {
  size_t index = index_of(size);
  if (index > block_sizes) {
    free(memory);
  } else if (keeps) {
    give_back(&own, memory, index);
  } else {
    pthread_mutex_lock(&depot.mutex);
    give_back(&depot.shared, memory, index);
    pthread_mutex_unlock(&depot.mutex);
  }
}

void *cplatform_block_allocate(size_t size) {
  size_t index = index_of(size);
  if (index > block_sizes || own.sizes[index].first == NULL) return allocate_slowly(size);
  block *first = own.sizes[index].first;
  own.sizes[index].first = first->next;
  own.sizes[index].room++;
  return first;
}

void cplatform_block_free(void *memory, size_t size) {
  size_t index = index_of(size);
  if (index > block_sizes || own.sizes[index].room == 0) return free_slowly(memory, size);
  block *new = memory;
  new->next = own.sizes[index].first;
  own.sizes[index].first = new;
  own.sizes[index].room--;
}

void cplatform_blocks_begin(void) {
  keeps = true;
  for (size_t index = 1; index <= block_sizes; index++) own.sizes[index].room = chain_length;
}

void cplatform_blocks_end(void) {
  keeps = false;
  pthread_mutex_lock(&depot.mutex);
  for (size_t index = 1; index <= block_sizes; index++) {
    __typeof__(own.sizes[0]) *mine = &own.sizes[index];
    while (mine->fresh != mine->end) {
      block *fresh = (block *)mine->fresh;
      fresh->next = mine->first;
      mine->first = fresh;
      mine->fresh += index * block_step;
    }
    if (mine->first != NULL) bring(index, mine->first);
    if (mine->full != NULL) bring(index, mine->full);
    mine->first = mine->full = NULL;
    mine->room = 0;
  }
  pthread_mutex_unlock(&depot.mutex);
}

// MARK: Giving back to the system

// The system would not take it: it has no room to note one more hole.
static void restore(slab *its, size_t index) {
  its->in_depot = 0;
  its->is_leaving = false;
  block *chain = NULL;
  for (int number = 0; number < its->count; number++) {
    block *each = (block *)((char *)its + slab_head + number * index * block_step);
    each->next = chain;
    chain = each;
  }
  bring_locking(index, chain);
}

// Under `trimming`.
static void trim(size_t index) {
  // All at once, so that nobody waits for the mutex meanwhile.
  pthread_mutex_lock(&depot.mutex);
  block *chains = depot.chains[index].first;
  depot.chains[index].first = NULL;
  depot.chains[index].count = 0;
  pthread_mutex_unlock(&depot.mutex);

  for (block *chain = chains; chain != NULL; chain = chain->next_chain) {
    for (block *each = chain; each != NULL; each = each->next) slab_of(each)->in_depot++;
  }
  slab *gone = NULL;
  block *rest = NULL;
  while (chains != NULL) {
    block *next = chains;
    chains = chains->next_chain;
    while (next != NULL) {
      block *each = next;
      next = each->next;
      slab *its = slab_of(each);
      if (its->in_depot < its->count) {
        each->next = rest;
        rest = each;
      } else if (!its->is_leaving) {
        its->is_leaving = true;
        its->next = gone;
        gone = its;
      }
    }
  }
  // What stays makes new chains.
  while (rest != NULL) {
    block *chain = rest, *last = rest;
    for (int count = 1; count <= chain_length && rest != NULL; count++) {
      slab_of(rest)->in_depot = 0;
      last = rest;
      rest = rest->next;
    }
    last->next = NULL;
    bring_locking(index, chain);
  }
  while (gone != NULL) {
    slab *its = gone;
    gone = its->next;
    if (munmap(its, slab_size) == 0) {
      slab_count--;
    } else {
      restore(its, index);
    }
  }
}

void cplatform_blocks_trim(void) {
  static pthread_mutex_t trimming = PTHREAD_MUTEX_INITIALIZER;
  // One of them is enough.
  if (pthread_mutex_trylock(&trimming) != 0) return;
  for (size_t index = 1; index <= block_sizes; index++) {
    if (depot.chains[index].count > worth_trimming) trim(index);
  }
  pthread_mutex_unlock(&trimming);
}
