// A pole on a cart that is pushed: a uniform pole of mass m and length 2 l, hinged on a cart of
// mass M, with the angle a = 0 upright, the cart at x, and a force F on it, without friction
// (Barto, Sutton, Anderson 1983; the equations as corrected by Florian 2007):
//
//     b = (F + m l a'^2 sin a) / (M + m)
//     a'' = (g sin a - b cos a) / (l (4/3 - m cos^2 a / (M + m)))
//     x'' = b - m l a'' cos a / (M + m)
//
// F is constant during a step of 0.02 s, which is one step of the classical Runge-Kutta method
// of fourth order. There are two tasks:
//
//     balance    begins upright, rewards each step with 1 and ends the episode where |a| >
//     0.2095
//                (12 degrees) or |x| > 2.4; observed are (x, x', a, a'). With a force that the
//                policy may choose freely, else as Gymnasium's CartPole-v1.
//     swing_up   begins hanging, rewards each step with (1 + cos a) / 2 after it and ends the
//                episode where |x| > 2.4; observed are (x, x', cos a, sin a, a').

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"
#include "problems/control/control.h"
#include "problems/control/mechanics.h"
#include "problems/control/policy_start.h"
#include "problems/control/program.h"
#include "problems/memory.h"
#include "problems/registry.h"

enum { POSITION, VELOCITY, ANGLE, SPEED, REALS };
enum { GROUP = PES_ENVIRONMENT_GROUP, DRAW_START = 0 };

typedef struct cart_pole_options {
    uint32_t size;
    const char *task;   // balance or swing_up
    int64_t horizon;    // steps per episode
    double step;        // s
    double gravity;     // g, m/s^2
    double cart_mass;   // M, kg
    double pole_mass;   // m, kg
    double half_length; // l, m
    double force;       // largest |F|, N
    double track;       // largest |x|, m
    double tilt;        // balance: largest |a|, rad
    double spread;      // every number of the initial state is off by at most this
    pes_policy_options policy;
} cart_pole_options;

typedef struct task {
    const char *name;
    double start; // angle, rad
    int64_t num_observed;
    const char *observed[5];
    void (*see)(const double state[REALS], double cosine, double sine, double *out);
    double (*reward)(double cosine);
    bool falls; // an episode ends with a tilt
} task;

typedef struct cart_pole {
    cart_pole_options options;
    const task *task;
    const pes_kernels *kernels;
    double low, high; // of the force
} cart_pole;

typedef struct particle {
    double at[REALS];
} particle;

// ---- the tasks ------------------------------------------------------------------------------

static void see_angle(const double state[REALS], double cosine, double sine, double *out) {
    (void)cosine, (void)sine;
    memcpy(out, state, REALS * sizeof *out);
}

static void see_direction(const double state[REALS], double cosine, double sine, double *out) {
    out[0] = state[POSITION];
    out[1] = state[VELOCITY];
    out[2] = cosine;
    out[3] = sine;
    out[4] = state[SPEED];
}

static double survive(double cosine) {
    (void)cosine;
    return 1.0;
}

static double stand(double cosine) {
    return 0.5 * (1.0 + cosine);
}

static const task tasks[] = {
    {"balance", 0.0, 4, {"position", "velocity", "angle", "speed"}, see_angle, survive, true},
    {"swing_up",
     3.14159265358979323846,
     5,
     {"position", "velocity", "cosine", "sine", "speed"},
     see_direction,
     stand,
     false},
};

static const char *task_name(int64_t index) {
    return index < (int64_t)(sizeof tasks / sizeof *tasks) ? tasks[index].name : NULL;
}

static const task *find_task(const char *name) {
    const task *found = tasks;
    while (strcmp(found->name, name) != 0) {
        found++;
    }
    return found;
}

// ---- settings -------------------------------------------------------------------------------

static void set_default(void *options) {
    *(cart_pole_options *)options = (cart_pole_options){
        .size = (uint32_t)sizeof(cart_pole_options),
        .task = "balance",
        .horizon = 500,
        .step = 0.02,
        .gravity = 9.8,
        .cart_mass = 1.0,
        .pole_mass = 0.1,
        .half_length = 0.5,
        .force = 10.0,
        .track = 2.4,
        .tilt = 0.2095,
        .spread = 0.05,
        .policy = pes_policy_default(),
    };
}

#define OF cart_pole_options
static const pes_field fields[] = {
    PES_PROBLEM_CHOICE(OF, task, task_name,
                       "balance an upright pole, or swing up a hanging one"),
    PES_PROBLEM_INT(OF, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_REAL(OF, step, 1e-6, 1.0, "s", "time of a step"),
    PES_PROBLEM_REAL(OF, gravity, 0.0, 1e3, "m/s^2", "acceleration of free fall"),
    PES_PROBLEM_REAL(OF, cart_mass, 1e-6, 1e6, "kg", "mass of the cart"),
    PES_PROBLEM_REAL(OF, pole_mass, 1e-6, 1e6, "kg", "mass of the pole"),
    PES_PROBLEM_REAL(OF, half_length, 1e-6, 1e6, "m", "half the length of the pole"),
    PES_PROBLEM_REAL(OF, force, 0.0, 1e9, "N", "the largest force on the cart"),
    PES_PROBLEM_REAL(OF, track, 1e-6, 1e6, "m",
                     "an episode ends where the cart is farther from the middle than this"),
    PES_PROBLEM_REAL(OF, tilt, 1e-6, 3.1416, "rad",
                     "balance: an episode ends where the pole leans farther than this"),
    PES_PROBLEM_REAL(OF, spread, 0.0, 3.1416, "",
                     "each number of the initial state is off by at most this, in m, m/s, rad "
                     "and rad/s"),
    PES_POLICY_FIELDS(OF, policy),
};
#undef OF
static const pes_field_table table = PES_PROBLEM_FIELDS(cart_pole_options, fields, set_default);

// ---- motion ---------------------------------------------------------------------------------

typedef struct pushed {
    const cart_pole *problem;
    pes_mechanics *block;
} pushed;

static void slopes(void *user, int64_t count, const pes_column *at, pes_column *slope) {
    const pushed *what = user;
    const cart_pole_options *o = &what->problem->options;
    pes_mechanics *b = what->block;
    const double mass = o->cart_mass + o->pole_mass, l = o->half_length;
    const double share = o->pole_mass / mass;
    what->problem->kernels->dsincos(count, at[ANGLE].of, b->sine.of, b->cosine.of);
    for (int64_t i = 0; i < count; i++) {
        const double s = b->sine.of[i], c = b->cosine.of[i], turn = at[SPEED].of[i];
        const double pull = b->force.of[i] / mass + share * l * turn * turn * s;
        const double angular = (o->gravity * s - pull * c) / (l * (4.0 / 3.0 - share * c * c));
        slope[POSITION].of[i] = at[VELOCITY].of[i];
        slope[VELOCITY].of[i] = pull - share * l * angular * c;
        slope[ANGLE].of[i] = turn;
        slope[SPEED].of[i] = angular;
    }
}

// ---- the environment ------------------------------------------------------------------------

static pes_status reset(void *user, void *worker, const pes_actor *actor) {
    const cart_pole *problem = user;
    particle *state = actor->state;
    float u[REALS];
    (void)worker;
    pes_noise_uniform(actor->stream, DRAW_START, 0, REALS, u);
    for (int r = 0; r < REALS; r++) {
        state->at[r] = problem->options.spread * (2.0 * (double)u[r] - 1.0);
    }
    state->at[ANGLE] = pes_mechanics_wrapped(problem->task->start + state->at[ANGLE]);
    return PES_OK;
}

static void load(pes_mechanics *b, int64_t count, const pes_actor *actor) {
    b->motion.count = count;
    b->motion.reals = REALS;
    for (int64_t i = 0; i < count; i++) {
        const particle *state = actor[i].state;
        for (int r = 0; r < REALS; r++) {
            b->motion.now[r].of[i] = state->at[r];
        }
    }
}

static void observe(void *user, void *worker, int64_t count, const pes_actor *actor,
                    double *observation) {
    const cart_pole *problem = user;
    pes_mechanics *b = worker;
    load(b, count, actor);
    problem->kernels->dsincos(count, b->motion.now[ANGLE].of, b->sine.of, b->cosine.of);
    for (int64_t i = 0; i < count; i++) {
        const particle *state = actor[i].state;
        problem->task->see(state->at, b->cosine.of[i], b->sine.of[i],
                           observation + i * problem->task->num_observed);
    }
}

static bool is_over(const cart_pole *problem, const particle *state) {
    const cart_pole_options *o = &problem->options;
    const bool fallen = problem->task->falls && fabs(state->at[ANGLE]) > o->tilt;
    return fallen || fabs(state->at[POSITION]) > o->track;
}

static pes_status step(void *user, void *worker, int64_t count, const pes_actor *actor,
                       const double *action, double *reward, bool *ended) {
    const cart_pole *problem = user;
    pes_mechanics *b = worker;
    load(b, count, actor);
    for (int64_t i = 0; i < count; i++) {
        b->force.of[i] = pes_mechanics_limited(action[i], problem->low, problem->high);
    }
    pes_runge_kutta_step(&b->motion, problem->options.step, slopes,
                         &(pushed){.problem = problem, .block = b});
    problem->kernels->dsincos(count, b->motion.now[ANGLE].of, b->sine.of, b->cosine.of);
    for (int64_t i = 0; i < count; i++) {
        particle *state = actor[i].state;
        for (int r = 0; r < REALS; r++) {
            state->at[r] = b->motion.now[r].of[i];
        }
        state->at[ANGLE] = pes_mechanics_wrapped(state->at[ANGLE]);
        reward[i] = problem->task->reward(b->cosine.of[i]);
        ended[i] = is_over(problem, state);
    }
    return PES_OK;
}

// The whole track, the cart and its pole.
static pes_status draw(void *user, void *worker, const void *state, pes_scene *scene) {
    const cart_pole *problem = user;
    const double *at = ((const particle *)state)->at, x = at[POSITION];
    const double track = problem->options.track, l = 2.0 * problem->options.half_length;
    double sine, cosine;
    (void)worker;
    problem->kernels->dsincos(1, &at[ANGLE], &sine, &cosine);
    *scene = (pes_scene){.size = {2.3 * track, 2.6 * l}, .count = 4};
    scene->shape[0] = (pes_shape){.x = {-track, track}, .tone = PES_TONE_GROUND};
    scene->shape[1] =
        (pes_shape){.x = {x - 0.2 * l, x + 0.2 * l}, .radius = 0.1 * l, .tone = PES_TONE_BODY};
    scene->shape[2] = (pes_shape){.x = {x, x + l * sine},
                                  .y = {0.0, l * cosine},
                                  .radius = 0.04 * l,
                                  .tone = PES_TONE_LIMB};
    scene->shape[3] = (pes_shape){.x = {x, x}, .radius = 0.03 * l, .tone = PES_TONE_MARK};
    return PES_OK;
}

// ---- the problem ----------------------------------------------------------------------------

static const char *observed_name(void *user, int64_t index, char room[PES_NAME_SIZE]) {
    (void)room;
    return ((const cart_pole *)user)->task->observed[index];
}

static const char *action_name(void *user, int64_t index, char room[PES_NAME_SIZE]) {
    (void)user, (void)index, (void)room;
    return "force";
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const cart_pole_options *options = given;
    (void)data;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    cart_pole *problem = malloc(sizeof *problem);
    PES_PROBLEM_REQUIRE(problem != NULL, PES_E_MEMORY, "no memory for a cart");
    *problem = (cart_pole){.options = *options,
                           .task = find_task(options->task),
                           .kernels = pes_kernels_select(),
                           .low = -options->force,
                           .high = options->force};
    const pes_environment environment = {
        .state_bytes = (int64_t)sizeof(particle),
        .num_observed = problem->task->num_observed,
        .num_actions = 1,
        .low = &problem->low,
        .high = &problem->high,
        .horizon = options->horizon,
        .batch_hint = GROUP,
        .flops = 200.0,
        .user = problem,
        .observed_name = observed_name,
        .action_name = action_name,
        .reset = reset,
        .observe = observe,
        .step = step,
        .worker_open = pes_mechanics_open,
        .worker_close = pes_problem_worker_free,
        .worker_bytes = (int64_t)sizeof(pes_mechanics),
        .draw = draw,
        .close = free,
    };
    return pes_control_create(out, pes_problem_cart_pole.name, &environment, &options->policy);
}

static pes_status layout(const void *given, pes_policy *policy) {
    const cart_pole_options *options = given;
    return pes_policy_create(policy, &options->policy, find_task(options->task)->num_observed,
                             1);
}

static int64_t num_params(const void *options) {
    pes_policy policy;
    return layout(options, &policy) == PES_OK ? policy.num_params : 0;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    pes_policy policy;
    return layout(options, &policy) == PES_OK ? pes_policy_param_name(&policy, index, room)
                                              : NULL;
}

static void pin(const pes_problem *problem, void *options) {
    pes_policy_pin(problem, &((cart_pole_options *)options)->policy);
}

const pes_problem_type pes_problem_cart_pole = {
    .name = "cart_pole",
    .summary = "a policy that balances or swings up a pole on a cart",
    .fields = &table,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
    .measure = pes_control_measure,
    .program = pes_control_program,
    .gain = PES_CONTROL_GAIN,
    .step = PES_CONTROL_STEP,
    .pin = pin,
};
