#include "problems/control/runge_kutta.h"

// Where the next stage looks: `h` along the slopes of the last one.
static void go(pes_runge_kutta *m, double h, const pes_column *slope) {
    for (int64_t r = 0; r < m->reals; r++) {
        for (int64_t i = 0; i < m->count; i++) {
            m->tried[r].of[i] = m->now[r].of[i] + h * slope[r].of[i];
        }
    }
}

void pes_runge_kutta_step(pes_runge_kutta *motion, double h,
                          void (*slopes)(void *user, int64_t count, const pes_column *at,
                                         pes_column *slope),
                          void *user) {
    pes_runge_kutta *m = motion;
    slopes(user, m->count, m->now, m->stage[0]);
    go(m, 0.5 * h, m->stage[0]);
    slopes(user, m->count, m->tried, m->stage[1]);
    go(m, 0.5 * h, m->stage[1]);
    slopes(user, m->count, m->tried, m->stage[2]);
    go(m, h, m->stage[2]);
    slopes(user, m->count, m->tried, m->stage[3]);
    for (int64_t r = 0; r < m->reals; r++) {
        for (int64_t i = 0; i < m->count; i++) {
            const double middle = m->stage[1][r].of[i] + m->stage[2][r].of[i];
            m->now[r].of[i] +=
                h / 6.0 * (m->stage[0][r].of[i] + 2.0 * middle + m->stage[3][r].of[i]);
        }
    }
}
