#include "train/guards.h"

#include <stdint.h>
#include <string.h>

enum { GUARD = 64 }; // bytes, so that a piece keeps the arena's alignment

static const unsigned char guard_byte = 0xc3;

void *pes_guards_take(pes_arena *arena, size_t bytes) {
    unsigned char *piece = pes_arena_take(arena, (int64_t)(bytes + 2 * GUARD), 1);
    return piece != NULL ? piece + GUARD : NULL;
}

void pes_guards_set(void *piece, size_t bytes) {
    memset((unsigned char *)piece - GUARD, guard_byte, GUARD);
    memset((unsigned char *)piece + bytes, guard_byte, GUARD);
}

bool pes_guards_hold(const void *piece, size_t bytes) {
    const unsigned char *before = (const unsigned char *)piece - GUARD;
    const unsigned char *after = (const unsigned char *)piece + bytes;
    for (int i = 0; i < GUARD; i++) {
        if (before[i] != guard_byte || after[i] != guard_byte) {
            return false;
        }
    }
    return true;
}
