// What a search is to do, from the parts that it is made of: options read and checked, and the
// plan of its cohorts.

#include <string.h>

#include "base/sized.h"
#include "base/status.h"
#include "noise/noise.h"
#include "search/options.h"
#include "search/search.h"

// ---- options ------------------------------------------------------------------------

static pes_status read_options(pes_search *s, const pes_search_parts *parts,
                               pes_estimator_options *estimator) {
    const pes_estimator_options *given = parts->estimator;
    s->options = pes_search_options_default();
    s->run = pes_trainer_options_default();
    *estimator = pes_estimator_options_default();
    PES_TRY(pes_read_sized(&s->system, sizeof s->system, parts->system, parts->system->size,
                           "system"));
    PES_TRY(pes_read_sized(&s->options, sizeof s->options, parts->options, parts->options->size,
                           "search options"));
    if (given != NULL) {
        PES_TRY(pes_read_sized(estimator, sizeof *estimator, given, given->size,
                               "estimator options"));
    }
    if (parts->run != NULL) {
        PES_TRY(pes_read_sized(&s->run, sizeof s->run, parts->run, parts->run->size,
                               "run options"));
    }
    PES_TRY(pes_search_check_options(&s->options));
    PES_TRY(pes_fields_check(pes_trainer_fields(), &s->run));
    s->run.threads = pes_pool_resolve(s->run.threads);
    return PES_OK;
}

static pes_status check(pes_search *s, const pes_estimator_options *estimator) {
    PES_TRY(pes_unroll_check_system(&s->system));
    PES_REQUIRE(s->system.init != NULL, PES_E_ARGUMENT,
                "system '%s' has no callbacks, so it cannot be searched", s->system.name);
    PES_REQUIRE(estimator->horizon >= 1 && estimator->horizon <= PES_NOISE_MOST_STEPS,
                PES_E_ARGUMENT,
                "a search compares whole episodes; give estimator.horizon, their inner steps");
    PES_REQUIRE(pes_objective_find(estimator->objective) >= 0, PES_E_ARGUMENT,
                "objective must be one of sum, mean, final, not '%s'",
                estimator->objective != NULL ? estimator->objective : "NULL");
    const bool other = strcmp(s->run.evaluation_objective, "same") != 0 &&
                       strcmp(s->run.evaluation_objective, estimator->objective) != 0;
    PES_REQUIRE(!other || s->run.evaluate_every > 0, PES_E_ARGUMENT,
                "evaluation_objective = \"%s\" needs evaluations; set evaluate_every, or leave "
                "it out",
                s->run.evaluation_objective);
    s->objective = (pes_objective)pes_objective_find(estimator->objective);
    return PES_OK;
}

// ---- the plan -----------------------------------------------------------------------

static pes_status plan_rungs(pes_search *s) {
    pes_search_plan *p = &s->plan;
    const bool is_hyperband = strcmp(s->options.method, "hyperband") == 0;
    int64_t least = s->options.min_steps;
    if (least == 0) {
        least = p->horizon >= 81 ? p->horizon / 81 : 1;
    }
    PES_REQUIRE(least <= p->horizon, PES_E_ARGUMENT,
                "min_steps = %lld is more than the horizon, %lld inner steps", (long long)least,
                (long long)p->horizon);
    p->largest = pes_search_halvings(p->horizon, p->eta, least);
    p->smallest = is_hyperband ? 0 : p->largest;
    if (!is_hyperband) {
        const pes_search_plan full = {.eta = p->eta, .largest = p->largest};
        const int64_t one_survives = pes_search_bracket_points(&full, p->largest);
        p->cohort = s->options.points > 0 ? s->options.points : one_survives;
    }
    PES_REQUIRE(pes_search_most_in_flight(p) <= PES_SEARCH_MOST_POINTS, PES_E_ARGUMENT,
                "the first rung has %lld points and %d are the most; %s",
                (long long)pes_search_most_in_flight(p), PES_SEARCH_MOST_POINTS,
                s->options.points > 0 ? "use fewer points" : "raise min_steps");
    p->total = p->most_steps > 0 ? 0 : pes_search_pass_points(p);
    return PES_OK;
}

static pes_status plan_whole(pes_search *s) {
    pes_search_plan *p = &s->plan;
    p->divisible = true;
    p->cohort = s->options.cohort;
    p->total = s->options.points;
    if (s->is_grid) {
        PES_TRY(pes_search_count_grid(s, &p->total));
    }
    PES_REQUIRE(p->total > 0 || p->most_steps > 0, PES_E_ARGUMENT,
                "random search would not end; give search.points or run.inner_steps");
    p->cohort = p->total > 0 && p->total < p->cohort ? p->total : p->cohort;
    return PES_OK;
}

// The budget must allow the first cohort, and a grid's every point: half of a grid is another
// search.
static pes_status check_budget(const pes_search *s) {
    const pes_search_plan *p = &s->plan;
    const double each = (double)p->horizon * (double)p->episodes;
    const double points = (double)(p->total > 0 ? p->total : pes_search_pass_points(p));
    PES_REQUIRE(each * points <= 9e15, PES_E_ARGUMENT,
                "%g points of %g inner steps are more than can be counted; use fewer", points,
                each);
    if (p->most_steps == 0) {
        return PES_OK;
    }
    const double least = s->is_grid     ? each * points
                         : p->divisible ? each
                                        : (double)pes_search_bracket_steps(p, p->largest);
    PES_REQUIRE(least <= (double)p->most_steps, PES_E_ARGUMENT,
                "run.inner_steps = %lld is too little for %s, %.0f inner steps; raise it, or "
                "%s",
                (long long)p->most_steps,
                s->is_grid     ? "the whole grid"
                : p->divisible ? "one point"
                               : "the first bracket",
                least, s->is_grid ? "use fewer grid_points" : "shorten the episodes");
    return PES_OK;
}

static pes_status make_plan(pes_search *s, const pes_estimator_options *estimator) {
    s->is_grid = strcmp(s->options.method, "grid") == 0;
    s->plan = (pes_search_plan){
        .horizon = estimator->horizon,
        .episodes = s->options.episodes,
        .eta = s->options.eta,
        .most_steps = s->run.inner_steps,
    };
    const bool whole = s->is_grid || strcmp(s->options.method, "random") == 0;
    PES_TRY(whole ? plan_whole(s) : plan_rungs(s));
    PES_TRY(check_budget(s));
    s->most_slots = pes_search_most_in_flight(&s->plan);
    s->batch = s->system.batch_hint > 0 ? s->system.batch_hint : 256;
    const int64_t rows = s->most_slots * s->options.episodes;
    s->batch = rows < s->batch ? rows : s->batch;
    return PES_OK;
}

pes_status pes_search_describe(pes_search *search, const pes_search_parts *parts) {
    pes_estimator_options estimator;
    PES_TRY(read_options(search, parts, &estimator));
    PES_TRY(check(search, &estimator));
    return make_plan(search, &estimator);
}
