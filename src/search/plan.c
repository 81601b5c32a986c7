#include "search/plan.h"

// More points than a stream has numbers for, and more steps than a counter.
static const int64_t most_begun = INT64_C(1) << 30;
static const int64_t most_spent = INT64_MAX / 4;

static int64_t power(int64_t base, int64_t exponent) {
    int64_t product = 1;
    for (int64_t i = 0; i < exponent; i++) {
        product *= base;
    }
    return product;
}

int64_t pes_search_halvings(int64_t horizon, int64_t eta, int64_t min_steps) {
    int64_t s = 0;
    for (int64_t left = horizon / eta; left >= min_steps; left /= eta) {
        s++;
    }
    return s;
}

int64_t pes_search_rung_end(const pes_search_plan *plan, int64_t s, int64_t rung) {
    return plan->horizon / power(plan->eta, s - rung);
}

int64_t pes_search_bracket_points(const pes_search_plan *plan, int64_t s) {
    return plan->cohort > 0 ? plan->cohort
                            : (plan->largest + 1) / (s + 1) * power(plan->eta, s);
}

int64_t pes_search_survivors(const pes_search_plan *plan, int64_t points) {
    return points > plan->eta ? points / plan->eta : 1;
}

int64_t pes_search_bracket_steps(const pes_search_plan *plan, int64_t s) {
    int64_t points = pes_search_bracket_points(plan, s), before = 0, steps = 0;
    for (int64_t rung = 0; rung <= s; rung++) {
        const int64_t end = pes_search_rung_end(plan, s, rung);
        steps += points * (end - before);
        points = pes_search_survivors(plan, points);
        before = end;
    }
    return steps * plan->episodes;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t pes_search_next_cohort(const pes_search_plan *plan, int64_t s, int64_t begun,
                               int64_t spent) {
    const int64_t most = plan->total > 0 ? plan->total : most_begun;
    const int64_t left = (plan->most_steps > 0 ? plan->most_steps : most_spent) - spent;
    int64_t points = pes_search_bracket_points(plan, s);
    if (plan->divisible) {
        points = smaller(points, smaller(most - begun, left / plan->horizon / plan->episodes));
        return points > 0 ? points : 0;
    }
    return begun + points <= most && pes_search_bracket_steps(plan, s) <= left ? points : 0;
}

int64_t pes_search_most_steps(const pes_search_plan *plan) {
    int64_t steps = 0;
    if (plan->divisible && plan->total > 0) {
        steps = plan->total * plan->horizon * plan->episodes;
    } else if (plan->total > 0) { // one pass
        for (int64_t s = plan->largest; s >= plan->smallest; s--) {
            steps += pes_search_bracket_steps(plan, s);
        }
    }
    const bool is_limited = plan->most_steps > 0 && (steps == 0 || plan->most_steps < steps);
    return is_limited ? plan->most_steps : steps;
}

int64_t pes_search_pass_points(const pes_search_plan *plan) {
    int64_t points = 0;
    for (int64_t s = plan->largest; s >= plan->smallest; s--) {
        points += pes_search_bracket_points(plan, s);
    }
    return points;
}

int64_t pes_search_most_in_flight(const pes_search_plan *plan) {
    int64_t most = 0;
    for (int64_t s = plan->largest; s >= plan->smallest; s--) {
        const int64_t points = pes_search_bracket_points(plan, s);
        most = points > most ? points : most;
    }
    return most;
}
