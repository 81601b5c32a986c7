// Is a call of the pool faster alone or together? Two threads meet in a microsecond while both
// run; but where other programs want the processors, or where two processors are one core, work
// of some microseconds is done sooner by one of them. Nobody can know that beforehand, so it is
// measured: mostly the better of both ways is taken, now and then the other for a few calls,
// and a way that has cost time is not tried again until that is a small part of all.
//
// A gauge only counts and compares; the clock is its caller's.

#ifndef PES_BASE_GAUGE_H
#define PES_BASE_GAUGE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct pes_gauge {
    double task;       // seconds of a task by itself; 0: not known
    double seconds[2]; // of a call per task, alone and together; 0: not known
    bool together;     // the way of the next call
    bool trial;        // it is not known to be the better one
    int64_t calls;     // that it lasts at least
    double excess;     // seconds that this trial has taken longer than the other way would have
    double saved;      // seconds by sharing, lately, of which a stall may take some back
    double rest;       // seconds to spend before another trial
} pes_gauge;

// Should the next call, of so many tasks, be shared? Work that takes `long_seconds` or more is.
bool pes_gauge_shares(const pes_gauge *gauge, int64_t tasks, double long_seconds);

// A call of `tasks` tasks took `seconds`, shared or not; of them the calling thread was busy
// with `own` tasks for `own_seconds`.
void pes_gauge_note(pes_gauge *gauge, bool shared, int64_t tasks, double seconds, int64_t own,
                    double own_seconds);

#endif // PES_BASE_GAUGE_H
