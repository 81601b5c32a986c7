#include "support/alloc.h"

#include <stdatomic.h>
#include <stddef.h>

// What the linker makes of malloc and __real_malloc under --wrap=malloc.
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

static atomic_int_fast64_t calls, bytes, live, until_failure;

void alloc_reset(void) {
    atomic_store(&calls, 0);
    atomic_store(&bytes, 0);
    atomic_store(&live, 0);
}

alloc_counts alloc_read(void) {
    return (alloc_counts){
        .calls = atomic_load(&calls), .bytes = atomic_load(&bytes), .live = atomic_load(&live)};
}

void alloc_fail_at(int64_t n) {
    atomic_store(&until_failure, n);
}

// Count a call; nonzero if it is the one that fails.
static int fails(size_t size) {
    atomic_fetch_add(&calls, 1);
    atomic_fetch_add(&bytes, (int64_t)size);
    return atomic_load(&until_failure) > 0 && atomic_fetch_sub(&until_failure, 1) == 1;
}

static void *counted(void *memory) {
    atomic_fetch_add(&live, memory != NULL ? 1 : 0);
    return memory;
}

void *__wrap_malloc(size_t size) {
    return fails(size) ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails(count * size) ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size) {
    if (fails(size)) {
        return NULL;
    }
    void *grown = __real_realloc(old, size);
    return old == NULL ? counted(grown) : grown;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return fails(size) ? NULL : counted(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *memory) {
    atomic_fetch_sub(&live, memory != NULL ? 1 : 0);
    __real_free(memory);
}
