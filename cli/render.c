// pes render: an episode of a run's policy, drawn from its states. One particle takes the steps
// one by one, with the parameters of a point of the run and without perturbation.

#include "cli/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/experiment.h"
#include "cli/gain.h"
#include "cli/points.h"

typedef struct render_options {
    const char *output;
    const char *point;
    int64_t frames; // 0: as many as fit the form
    int64_t from;   // the first frame
    int64_t every;  // steps between frames; 0: evenly to the last
    int64_t steps;  // 0: a whole episode
    int64_t episode;
    double seconds;
    bool strip;
    const char *data;
} render_options;

enum { STRIP_FRAMES = 8, FILM_FRAMES = 100 };

// One particle on its way.
typedef struct actor {
    const pes_problem *problem;
    const pes_system *system;
    const float *theta;
    pes_stream stream;
    int64_t clock;
    void *worker;
    void *state;
    double gained; // minus the sum of the losses
} actor;

static pes_status open_actor(actor *a, const pes_problem *problem, const float *theta,
                             uint64_t seed, int64_t episode) {
    *a = (actor){.problem = problem,
                 .system = pes_problem_system(problem),
                 .theta = theta,
                 .stream = {.seed = cli_seed(seed, CLI_SEED_EVALUATION, 0),
                            .particle = (uint32_t)episode}};
    const size_t bytes = ((size_t)a->system->state_bytes + 64) / 64 * 64;
    a->state = aligned_alloc(64, bytes);
    if (a->state == NULL) {
        return PES_E_MEMORY;
    }
    memset(a->state, 0, bytes);
    return a->system->worker_open != NULL
               ? a->system->worker_open(a->system->user, 1, &a->worker)
               : PES_OK;
}

static void close_actor(actor *a) {
    if (a->worker != NULL) {
        a->system->worker_close(a->system->user, a->worker);
    }
    free(a->state);
}

static pes_status begin(actor *a) {
    const pes_batch batch = {.count = 1,
                             .theta = a->theta,
                             .state = a->state,
                             .stream = &a->stream,
                             .clock = &a->clock};
    return a->system->init(a->system->user, a->worker, &batch);
}

// One step; *over where the episode ends with it.
static pes_status advance(actor *a, bool *over) {
    double loss = 0.0;
    int64_t ended = 0;
    const pes_batch batch = {.count = 1,
                             .steps = 1,
                             .theta = a->theta,
                             .state = a->state,
                             .stream = &a->stream,
                             .clock = &a->clock,
                             .loss = &loss,
                             .ended = &ended};
    const pes_status status = a->system->unroll(a->system->user, a->worker, &batch);
    a->clock++;
    a->gained -= loss;
    *over = ended > 0 || !isfinite(loss);
    return status;
}

// ---- the film -------------------------------------------------------------------------

static pes_status shoot(render_film *film, actor *a) {
    film->step[film->count] = a->clock;
    const pes_status status =
        pes_problem_draw(a->problem, a->worker, a->state, &film->scene[film->count]);
    film->count += status == PES_OK ? 1 : 0;
    return status;
}

// Which of `steps` steps have a frame.
typedef struct plan {
    int64_t from, every, frames, steps;
} plan;

// With `every` 0 they are evenly spread, the last at the end.
static int64_t step_of(const plan *p, int64_t frame) {
    const int64_t gaps = p->frames > 1 ? p->frames - 1 : 1;
    return p->from + (p->every > 0 ? frame * p->every : frame * (p->steps - p->from) / gaps);
}

// The episode is played to its end, for its return; there it has a frame if one is left over.
static pes_status play(render_film *film, actor *a, const plan *p) {
    bool over = false;
    pes_status status = begin(a);
    status = status == PES_OK && p->from == 0 ? shoot(film, a) : status;
    while (status == PES_OK && a->clock < p->steps && !over) {
        status = advance(a, &over);
        const bool left = film->count < p->frames;
        if (status == PES_OK && left && (a->clock == step_of(p, film->count) || over)) {
            status = shoot(film, a);
        }
    }
    return status;
}

static int write_film(const render_film *film, const render_options *options) {
    char *text = options->strip ? render_strip(film) : render_animation(film);
    if (text == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    const int code = cli_write_file(options->output, text);
    free(text);
    return code;
}

static int film_point(render_film *film, const experiment *setup, const pes_problem *problem,
                      const run_point *point, const render_options *options) {
    const int64_t usual = options->strip ? STRIP_FRAMES : FILM_FRAMES;
    const int64_t horizon = setup->estimator.horizon;
    const plan p = {.from = options->from,
                    .every = options->every,
                    .frames = options->frames > 0 ? options->frames : usual,
                    .steps = options->steps > 0 ? options->steps : horizon};
    char title[CLI_PATH + 128], number[CLI_NUMBER_SIZE];
    if (p.steps < 1) {
        return cli_fail(CLI_USAGE, "its episodes have no end; say how far with --steps COUNT");
    }
    if (p.from >= p.steps) {
        return cli_fail(CLI_USAGE, "--from %" PRId64 ": the picture ends after %" PRId64 " %s",
                        p.from, p.steps, gain_steps(setup));
    }
    film->scene = calloc((size_t)p.frames, sizeof *film->scene);
    film->step = calloc((size_t)p.frames, sizeof *film->step);
    actor a = {.state = NULL};
    pes_status status = film->scene != NULL && film->step != NULL ? PES_OK : PES_E_MEMORY;
    status = status == PES_OK
                 ? open_actor(&a, problem, point->theta, setup->run.seed, options->episode)
                 : status;
    status = status == PES_OK ? play(film, &a, &p) : status;
    snprintf(title, sizeof title, "%s, %s: %s %s in %lld %s", setup->type->name, point->label,
             gain_name(setup) != NULL ? gain_name(setup) : "minus the losses",
             cli_short(a.gained, number), (long long)a.clock, gain_steps(setup));
    film->title = title;
    film->steps = gain_steps(setup);
    film->seconds = options->seconds;
    int code =
        status == PES_OK ? write_film(film, options) : cli_fail_status(status, options->output);
    close_actor(&a);
    free(film->scene);
    free(film->step);
    return code;
}

static int render_run(experiment *setup, const char *folder, const render_options *options) {
    static const cli_texts none = {0};
    pes_problem *problem = NULL;
    int code = experiment_open(setup, options->data, &problem);
    if (code != CLI_OK) {
        return code;
    }
    run_points points = {.count = 0};
    code = pes_problem_has_picture(problem)
               ? points_find(&points, folder, setup, problem, &none)
               : cli_fail(CLI_USAGE, "states of %s have no picture", setup->type->name);
    const int64_t index = code == CLI_OK ? points_index(&points, options->point) : -1;
    code = code == CLI_OK && index < 0 ? CLI_USAGE : code;
    code = code == CLI_OK ? points_prepare(&points, index, problem) : code;
    render_film film = {0};
    if (code == CLI_OK) {
        code = film_point(&film, setup, problem, &points.point[index], options);
    }
    points_free(&points);
    pes_problem_close(problem);
    return code;
}

// ---- the command ----------------------------------------------------------------------

static int run(const cli_call *call) {
    const render_options *options = call->options;
    const char *folder = call->argument[0];
    experiment setup;
    int code = experiment_load_run(&setup, folder);
    if (code == CLI_OK) {
        code = render_run(&setup, folder, options);
        experiment_free(&setup);
    }
    return code;
}

static void set_default(void *options) {
    *(render_options *)options =
        (render_options){.output = "episode.svg", .point = "end", .seconds = 8.0};
}

static const cli_flag flags[] = {
    CLI_FLAG("output", render_options, output, FILE, "FILE", "the picture, SVG", .letter = 'o'),
    CLI_FLAG("point", render_options, point, WORD, "NAME", "end, best, average or start"),
    CLI_FLAG("strip", render_options, strip, SWITCH, NULL,
             "frames side by side; without it, a moving picture"),
    CLI_FLAG("frames", render_options, frames, INT, "COUNT",
             "frames; without it, 8 side by side or 100 moving", .minimum = 1),
    CLI_FLAG("from", render_options, from, INT, "STEP", "inner steps before the first frame",
             .minimum = 0),
    CLI_FLAG("every", render_options, every, INT, "COUNT",
             "inner steps between frames; without it, they are spread over the episode",
             .minimum = 1),
    CLI_FLAG("steps", render_options, steps, INT, "COUNT",
             "inner steps; without it, the horizon of the run", .minimum = 1),
    CLI_FLAG("episode", render_options, episode, INT, "NUMBER",
             "which episode: another number is another start", .minimum = 0),
    CLI_FLAG("seconds", render_options, seconds, REAL, "X", "how long a moving picture lasts"),
    CLI_FLAG("data", render_options, data, FOLDER, "DIR", "folder of data sets"),
};

static const cli_example examples[] = {
    {"pes render runs/pole -o pole.svg", "what it has learned, as a moving picture"},
    {"pes render runs/pole --point start --strip -o start.svg", "and what it began with"},
    {"pes render runs/cheetah --strip --from 500 --every 3", "a stride of it"},
    {NULL, NULL},
};

const cli_command cli_render = {
    .name = "render",
    .summary = "Draw an episode of a run's policy.",
    .arguments = "DIR",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FOLDER,
    .details =
        "The picture is SVG, drawn from the states of one episode at the run's parameters, "
        "with "
        "the return of that episode in its title. Problems whose states have a picture: those "
        "with a policy.",
    .example = examples,
    CLI_FLAGS(flags, render_options),
    .set_default = set_default,
    .run = run,
};
