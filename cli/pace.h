// How fast a run has been lately: not since it began, so that a line tells within seconds when
// a machine becomes busy, or when a problem's later steps cost more.

#ifndef PES_CLI_PACE_H
#define PES_CLI_PACE_H

#include <stdbool.h>

// Where a run is at one moment.
typedef struct pace_mark {
    double seconds; // of a clock
    double steps;   // inner steps taken
    double done;    // share of the way, 0..1
} pace_mark;

// Two earlier moments, zero to begin with. The past that counts begins at `from`: 5 to 10
// seconds ago, or at the report before the last where reports are rarer.
typedef struct pace {
    bool begun;
    pace_mark from;
    pace_mark next; // will be `from` when it is old enough
} pace;

// What the last seconds say. Zero where they say nothing.
typedef struct pace_rates {
    double steps_per_second; // inner steps
    double seconds_left;     // of the run
} pace_rates;

// Called for every report, in the order of time.
pace_rates pace_note(pace *p, pace_mark now);

#endif // PES_CLI_PACE_H
