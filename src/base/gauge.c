#include "base/gauge.h"

enum { TRIAL = 8, TERM = 256 };         // calls; of a trial the first ones wake threads
static const double patience = 32.0;    // a trial may cost one part in so many of the time
static const double most_saved = 20e-3; // seconds, of which a stall may take some back
static const double outlier = 8.0;      // so many times the other way is no chance

bool pes_gauge_shares(const pes_gauge *gauge, int64_t tasks, double long_seconds) {
    const double work = gauge->task * (double)tasks;
    return gauge->task > 0.0 && (work >= long_seconds || gauge->together);
}

// Falls with a single call, rises slowly: one that was interrupted says little of the next.
static void follow(double *mean, double seconds) {
    const bool less = *mean <= 0.0 || seconds < *mean;
    *mean = less ? seconds : *mean + (seconds - *mean) / 16.0;
}

static void begin(pes_gauge *g, bool together, bool trial) {
    g->together = together;
    g->trial = trial;
    g->calls = trial ? TRIAL : TERM;
    g->rest = trial ? 0.0 : patience * g->excess;
    g->excess = 0.0;
}

void pes_gauge_note(pes_gauge *gauge, bool shared, int64_t tasks, double seconds, int64_t own,
                    double own_seconds) {
    pes_gauge *g = gauge;
    const double other = g->seconds[!shared] * (double)tasks, over = seconds - other;
    if (own > 0) {
        follow(&g->task, own_seconds / (double)own);
    }
    follow(&g->seconds[shared], seconds / (double)tasks);
    if (shared != g->together) {
        return; // work that is long, whatever the gauge says
    }
    g->calls--;
    g->rest -= seconds;
    g->excess += g->trial && over > 0.0 ? over : 0.0;
    if (shared && other > 0.0) {
        g->saved = g->saved - over < most_saved ? g->saved - over : most_saved;
    }
    if (shared && other > 0.0 && seconds > outlier * other && g->saved < 0.0) {
        g->excess = -g->saved; // somebody has the processor, and it is not the first time
        g->saved = 0.0;
        begin(g, false, false);
    } else if (g->calls <= 0 && g->rest <= 0.0) {
        if (g->trial) {
            begin(g, g->seconds[1] < g->seconds[0], false);
        } else {
            begin(g, !g->together, true);
            g->seconds[g->together] = 0.0; // as it is today
        }
    }
}
