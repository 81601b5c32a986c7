// Between two marks, a and b:
//
//     steps per second = (steps_b - steps_a) / (seconds_b - seconds_a)
//     seconds left     = (1 - done_b) (seconds_b - seconds_a) / (done_b - done_a)

#include "cli/pace.h"

static const double half_window = 5.0; // seconds

static pace_rates between(pace_mark a, pace_mark b) {
    const double seconds = b.seconds - a.seconds;
    pace_rates out = {.steps_per_second = 0.0};
    if (seconds > 0.0) {
        out.steps_per_second = (b.steps - a.steps) / seconds;
    }
    if (b.done > a.done) {
        out.seconds_left = (1.0 - b.done) * seconds / (b.done - a.done);
    }
    return out;
}

pace_rates pace_note(pace *p, pace_mark now) {
    if (!p->begun) {
        p->begun = true;
        p->from = now;
        p->next = now;
    }
    const pace_rates out = between(p->from, now);
    if (now.seconds - p->next.seconds >= half_window) {
        p->from = p->next;
        p->next = now;
    }
    return out;
}
