#include "cli/contest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/runs.h"
#include "pes/evaluator.h"

// ---- settings -------------------------------------------------------------------------

// Settings that are put on top of the run's, and room for the texts of some.
typedef struct stack {
    cli_texts set;
    char room[3][PES_NAME_SIZE];
    bool full;
} stack;

static void push(stack *s, const char *text) {
    s->full = s->full || (text[0] != '\0' && s->set.count == CLI_TEXTS);
    if (text[0] != '\0' && !s->full) {
        s->set.text[s->set.count++] = text;
    }
}

// A ground's own episodes, whatever lengths the run draws, and one that takes part there.
static void build(stack *s, const contest *c, const contest_ground *ground,
                  const pes_problem_rival *rival) {
    *s = (stack){.set = *c->set};
    snprintf(s->room[0], PES_NAME_SIZE, "estimator.horizon=%lld", (long long)ground->steps);
    snprintf(s->room[1], PES_NAME_SIZE, "run.evaluation_steps=%lld", (long long)ground->steps);
    push(s, "estimator.lengths=fixed");
    push(s, "estimator.shortest=0");
    push(s, s->room[0]);
    push(s, s->room[1]);
    for (int64_t i = 0; i < PES_MATCH_SETTINGS; i++) {
        push(s, ground->what.set[i]);
        push(s, rival != NULL ? rival->set[i] : "");
    }
}

// ---- one that takes part --------------------------------------------------------------

// A problem under some settings, and the episodes that it goes through.
typedef struct match {
    const contest *contest;
    const contest_ground *ground;
    const pes_problem_rival *rival;  // NULL: the run's end
    const pes_problem_measure *what; // NULL: the run's objective
    const pes_problem *lender;       // has images already, or NULL
    experiment setup;
    pes_problem *problem;
} match;

static int open_match(match *m) {
    stack *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    build(s, m->contest, m->ground, m->rival);
    for (int64_t i = 0; m->what != NULL && i < PES_MEASURE_SETTINGS; i++) {
        push(s, m->what->set[i]);
    }
    int code = s->full ? cli_fail(CLI_USAGE, "there are too many --set")
                       : experiment_load(&m->setup, m->contest->folder, &s->set);
    if (code == CLI_OK) {
        code = experiment_open_borrowing(&m->setup, m->contest->data, m->lender, &m->problem);
        if (code != CLI_OK) {
            experiment_free(&m->setup);
        }
    }
    free(s);
    return code;
}

static void close_match(match *m) {
    pes_problem_close(m->problem);
    experiment_free(&m->setup);
}

// The episodes of the report, or, `choosing`, those that choose.
static pes_evaluator_options episodes_of(const match *m, bool choosing) {
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = choosing ? CONTEST_CHOICE_EPISODES : m->contest->episodes;
    options.steps = m->ground->steps;
    options.objective = m->what != NULL ? m->what->objective : runs_objective(&m->setup);
    options.seed = cli_seed(m->setup.run.seed, CLI_SEED_EVALUATION, choosing);
    options.threads = m->contest->threads;
    return options;
}

// `count` thetas; objective: count x episodes. `loss` is for one theta alone, or NULL.
static int run_match(const match *m, bool choosing, int64_t count, const float *theta,
                     double *objective, double *loss) {
    const pes_evaluator_options options = episodes_of(m, choosing);
    pes_evaluator *evaluator = NULL;
    pes_status status =
        pes_evaluator_create(&evaluator, pes_problem_system(m->problem), &options);
    if (status == PES_OK) {
        status = loss != NULL ? pes_evaluator_run(evaluator, theta, objective, loss)
                              : pes_evaluator_run_many(evaluator, count, theta, objective);
    }
    pes_evaluator_destroy(evaluator);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, m->contest->folder);
}

// ---- choosing -------------------------------------------------------------------------

// Which of the rival's points has the least value on average; one that is not finite in some
// episode has none.
static int64_t least(int64_t points, const double *objective, double scale) {
    int64_t best = 0;
    double lowest = (double)INFINITY;
    for (int64_t i = 0; i < points; i++) {
        double sum = 0.0;
        for (int64_t e = 0; e < CONTEST_CHOICE_EPISODES; e++) {
            sum += scale * objective[i * CONTEST_CHOICE_EPISODES + e];
        }
        if (sum < lowest) {
            lowest = sum;
            best = i;
        }
    }
    return best;
}

// The match is open with the measure that chooses.
static int choose(const match *m, contest_entry *entry) {
    const pes_problem_rival *rival = m->rival;
    const size_t params = (size_t)pes_problem_system(m->problem)->num_params;
    const size_t points = (size_t)rival->points;
    float *all = calloc(points * params, sizeof *all);
    double *objective = calloc(points * CONTEST_CHOICE_EPISODES, sizeof *objective);
    double *number = calloc(points, sizeof *number);
    entry->theta = calloc(params, sizeof *entry->theta);
    int code = all != NULL && objective != NULL && number != NULL && entry->theta != NULL
                   ? CLI_OK
                   : cli_fail(CLI_FAILED, "there is no memory left");
    for (size_t i = 0; code == CLI_OK && i < points; i++) {
        number[i] = rival->point(m->setup.problem, (int64_t)i, all + i * params);
    }
    code = code == CLI_OK ? run_match(m, true, rival->points, all, objective, NULL) : code;
    if (code == CLI_OK) {
        const int64_t best = least(rival->points, objective, m->what->scale);
        memcpy(entry->theta, all + (size_t)best * params, params * sizeof *all);
        entry->number = number[best];
        entry->at_edge = best == 0 || best + 1 == rival->points;
    }
    free(number);
    free(objective);
    free(all);
    return code;
}

// ---- measuring ------------------------------------------------------------------------

static void average(const match *m, const double *loss, double *curve) {
    const int64_t episodes = m->contest->episodes, steps = m->ground->steps;
    for (int64_t t = 0; t < steps; t++) {
        double sum = 0.0;
        for (int64_t e = 0; e < episodes; e++) {
            sum += loss[e * steps + t];
        }
        curve[t] = sum / (double)episodes;
    }
}

// The run's objective, and the losses on the way.
static int measure_objective(match *m, contest_entry *entry) {
    const size_t episodes = (size_t)m->contest->episodes, steps = (size_t)m->ground->steps;
    m->what = NULL;
    int code = open_match(m);
    if (code != CLI_OK) {
        return code;
    }
    double *objective = calloc(episodes, sizeof *objective);
    double *loss = calloc(episodes * steps, sizeof *loss);
    entry->curve = calloc(steps, sizeof *entry->curve);
    code = objective != NULL && loss != NULL && entry->curve != NULL
               ? run_match(m, false, 1, entry->theta, objective, loss)
               : cli_fail(CLI_FAILED, "there is no memory left");
    if (code == CLI_OK) {
        entry->value[0] = evaluate_sample_of(m->contest->episodes, objective);
        average(m, loss, entry->curve);
    }
    free(loss);
    free(objective);
    close_match(m);
    return code;
}

// Measure number `index`; if it is the one that chooses, theta is chosen first.
static int measure_other(match *m, int64_t index, const pes_problem_measure *what,
                         contest_entry *entry) {
    m->what = what;
    int code = open_match(m);
    if (code != CLI_OK) {
        return code;
    }
    double *objective = calloc((size_t)m->contest->episodes, sizeof *objective);
    code = objective != NULL ? CLI_OK : cli_fail(CLI_FAILED, "there is no memory left");
    if (code == CLI_OK && m->rival != NULL && m->rival->measure == index) {
        code = choose(m, entry);
    }
    code = code == CLI_OK ? run_match(m, false, 1, entry->theta, objective, NULL) : code;
    for (int64_t e = 0; code == CLI_OK && e < m->contest->episodes; e++) {
        objective[e] *= what->scale;
    }
    if (code == CLI_OK) {
        entry->value[1 + index] = evaluate_sample_of(m->contest->episodes, objective);
    }
    free(objective);
    close_match(m);
    return code;
}

// What a problem measures beside its objective, numbers 0, 1, ...: the one that chooses comes
// first.
static int take_part(match *m, const pes_problem_type *type, const void *options,
                     contest_entry *entry) {
    const int64_t first = m->rival != NULL ? m->rival->measure : 0;
    pes_problem_measure what;
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i + 1 < m->contest->measures; i++) {
        const int64_t index = i == 0 ? first : i <= first ? i - 1 : i;
        (void)type->measure(options, index, m->ground->steps, &what);
        code = measure_other(m, index, &what, entry);
    }
    return code == CLI_OK ? measure_objective(m, entry) : code;
}

// ---- all of it ------------------------------------------------------------------------

static int64_t steps_of(const experiment *setup) {
    return setup->run.evaluation_steps > 0 ? setup->run.evaluation_steps
                                           : setup->estimator.horizon;
}

static contest_entry *add_entry(contest_ground *ground, const char *name) {
    contest_entry *entry = &ground->entry[ground->entries++];
    entry->number = (double)NAN;
    snprintf(entry->name, sizeof entry->name, "%s", name);
    return entry;
}

static int enter_trained(match m, contest_ground *ground, const experiment *setup,
                         const char *name, const float *theta) {
    const size_t bytes = (size_t)setup->type->num_params(setup->problem) * sizeof *theta;
    contest_entry *entry = add_entry(ground, name);
    entry->theta = malloc(bytes);
    if (entry->theta == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    memcpy(entry->theta, theta, bytes);
    return take_part(&m, setup->type, setup->problem, entry);
}

// What was trained, and then the rivals.
static int run_ground(contest *c, contest_ground *ground, const pes_problem *lender,
                      const experiment *setup) {
    const pes_problem_type *type = setup->type;
    const run_points *points = c->points;
    pes_problem_rival rival;
    match m = {.contest = c, .ground = ground, .lender = lender};
    int code = enter_trained(m, ground, setup, "trained", points->point[0].theta);
    for (int64_t i = 0; code == CLI_OK && i < c->given; i++) {
        const run_point *point = &points->point[points->count - 1 - c->given + i];
        code = enter_trained(m, ground, setup, point->label, point->theta);
    }
    for (int64_t i = 0; code == CLI_OK && ground->entries < CONTEST_ENTRIES &&
                        type->rival(setup->problem, i, &rival);
         i++) {
        m.rival = &rival;
        c->sought = rival.sought;
        c->choices = rival.points;
        code = take_part(&m, type, setup->problem, add_entry(ground, rival.name));
    }
    return code;
}

static void name_measures(contest *out, const experiment *setup, int64_t steps) {
    pes_problem_measure what;
    out->measure[out->measures++] = "objective";
    while (out->measures < EVALUATE_MEASURES &&
           setup->type->measure(setup->problem, out->measures - 1, steps, &what)) {
        out->measure[out->measures++] = what.name;
    }
}

// Ground number out->grounds, false past the last.
static bool next_ground(contest *out, const experiment *setup) {
    contest_ground *ground = &out->ground[out->grounds];
    const bool there =
        out->grounds < CONTEST_GROUNDS &&
        setup->type->ground(setup->problem, out->grounds + out->missing, &ground->what);
    if (there) {
        ground->steps = steps_of(setup) * ground->what.times;
        fprintf(stderr, "%s ...\n", ground->what.name);
    }
    return there;
}

// All that happens on a ground, while a problem is open there that lends its images to all
// others. Without its data a ground is left out, after a sentence that says so.
static int visit(contest *out, const pes_problem *lender, const experiment *setup) {
    contest_ground *ground = &out->ground[out->grounds];
    match m = {.contest = out, .ground = ground, .lender = lender};
    if (open_match(&m) != CLI_OK) {
        out->missing++;
        return CLI_OK;
    }
    out->grounds++;
    const int code = run_ground(out, ground, m.problem, setup);
    close_match(&m);
    return code;
}

int contest_run(contest *out, const experiment *setup, const run_points *points,
                int64_t given) {
    const pes_problem_type *type = setup->type;
    if (given + CONTEST_RIVALS >= CONTEST_ENTRIES) {
        return cli_fail(CLI_USAGE, "--rivals compares %d points of --theta at most",
                        CONTEST_ENTRIES - CONTEST_RIVALS - 1);
    }
    out->points = points;
    out->given = given;
    if (type->rival == NULL || type->ground == NULL || type->measure == NULL) {
        return cli_fail(CLI_USAGE, "%s has no rivals to be compared with", type->name);
    }
    name_measures(out, setup, steps_of(setup));
    match own = {.contest = out, .ground = &out->ground[0]};
    (void)next_ground(out, setup);
    int code = open_match(&own); // without the run's own data nothing can be done
    if (code != CLI_OK) {
        return code;
    }
    do {
        code = visit(out, own.problem, setup);
    } while (code == CLI_OK && next_ground(out, setup));
    close_match(&own);
    return code;
}

void contest_free(contest *c) {
    for (int64_t g = 0; g < c->grounds; g++) {
        for (int64_t i = 0; i < c->ground[g].entries; i++) {
            free(c->ground[g].entry[i].curve);
            free(c->ground[g].entry[i].theta);
        }
    }
}
