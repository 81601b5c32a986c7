// Wall time, for progress and log rows; no result depends on it.

#ifndef PES_BASE_CLOCK_H
#define PES_BASE_CLOCK_H

// Seconds since an arbitrary moment, never running backwards.
double pes_clock_monotonic(void);

// Seconds since 1970-01-01 00:00 UTC.
double pes_clock_wall(void);

#endif // PES_BASE_CLOCK_H
