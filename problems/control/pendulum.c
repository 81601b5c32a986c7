// A pendulum that has to be swung up with a motor too weak to lift it: a uniform rod of mass m
// and length l, hinged at one end, with the angle a = 0 upright and a motor at the hinge,
//
//     (m l^2 / 3) a'' = (m g l / 2) sin a - c a' + u,        |u| <= u_max
//
// The torque u is constant during a step of 0.05 s, which is one step of the classical
// Runge-Kutta method of fourth order. The reward is that of Gymnasium's Pendulum-v1 (Brockman
// et al. 2016), which has the same rod and no friction:
//
//     reward = -(a^2 + 0.1 a'^2 + 0.001 u^2)
//
// at the beginning of the step, a in [-pi, pi). What is observed is (cos a, sin a, a').

#include <math.h>
#include <stdlib.h>

#include "kernels/kernels.h"
#include "problems/control/control.h"
#include "problems/control/mechanics.h"
#include "problems/control/policy_start.h"
#include "problems/control/program.h"
#include "problems/memory.h"
#include "problems/registry.h"

enum { OBSERVED = 3, GROUP = PES_ENVIRONMENT_GROUP, DRAW_START = 0 };
static const double pi = 3.14159265358979323846;

typedef struct pendulum_options {
    uint32_t size;
    int64_t horizon; // steps per episode
    double step;     // s
    double gravity;  // g, m/s^2
    double mass;     // m, kg
    double length;   // l, m
    double friction; // c, N m s
    double torque;   // u_max, N m
    double spread;   // initial angles: hanging, plus or minus this, rad
    double spin;     // initial speeds: plus or minus this, rad/s
    pes_policy_options policy;
} pendulum_options;

typedef struct pendulum {
    pendulum_options options;
    const pes_kernels *kernels;
    double low, high; // of the torque
} pendulum;

typedef struct particle {
    double angle; // rad, in [-pi, pi)
    double speed; // rad/s
} particle;

// The numbers that change.
enum { ANGLE, SPEED, REALS };

static void set_default(void *options) {
    *(pendulum_options *)options = (pendulum_options){
        .size = (uint32_t)sizeof(pendulum_options),
        .horizon = 200,
        .step = 0.05,
        .gravity = 10.0,
        .mass = 1.0,
        .length = 1.0,
        .friction = 0.0,
        .torque = 2.0,
        .spread = 0.1,
        .spin = 0.1,
        .policy = pes_policy_default(),
    };
    ((pendulum_options *)options)->policy.kind = "mlp";
    ((pendulum_options *)options)->policy.hidden = (pes_int_list){.count = 1, .value = {16}};
}

#define OF pendulum_options
static const pes_field fields[] = {
    PES_PROBLEM_INT(OF, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_REAL(OF, step, 1e-6, 1.0, "s", "time of a step"),
    PES_PROBLEM_REAL(OF, gravity, 0.0, 1e3, "m/s^2", "acceleration of free fall"),
    PES_PROBLEM_REAL(OF, mass, 1e-6, 1e6, "kg", "of the rod"),
    PES_PROBLEM_REAL(OF, length, 1e-6, 1e6, "m", "of the rod"),
    PES_PROBLEM_REAL(OF, friction, 0.0, 1e6, "N m s",
                     "torque of the hinge's friction over speed"),
    PES_PROBLEM_REAL(OF, torque, 0.0, 1e9, "N m", "the most that the motor gives"),
    PES_PROBLEM_REAL(OF, spread, 0.0, 3.1416, "rad",
                     "episodes begin hanging, off by at most this; 3.1416: anywhere"),
    PES_PROBLEM_REAL(OF, spin, 0.0, 1e3, "rad/s", "largest speed that episodes begin with"),
    PES_POLICY_FIELDS(OF, policy),
};
#undef OF
static const pes_field_table table = PES_PROBLEM_FIELDS(pendulum_options, fields, set_default);

// ---- motion ---------------------------------------------------------------------------------

typedef struct swinging {
    const pendulum *pendulum;
    pes_mechanics *block;
} swinging;

static void slopes(void *user, int64_t count, const pes_column *at, pes_column *slope) {
    const swinging *s = user;
    const pendulum_options *o = &s->pendulum->options;
    pes_mechanics *b = s->block;
    const double inertia = o->mass * o->length * o->length / 3.0;
    const double weight = 0.5 * o->mass * o->gravity * o->length;
    s->pendulum->kernels->dsincos(count, at[ANGLE].of, b->sine.of, b->cosine.of);
    for (int64_t i = 0; i < count; i++) {
        const double drag = o->friction * at[SPEED].of[i];
        slope[ANGLE].of[i] = at[SPEED].of[i];
        slope[SPEED].of[i] = (weight * b->sine.of[i] - drag + b->force.of[i]) / inertia;
    }
}

// ---- the environment ------------------------------------------------------------------------

static pes_status reset(void *user, void *worker, const pes_actor *actor) {
    const pendulum *p = user;
    particle *state = actor->state;
    float u[2];
    (void)worker;
    pes_noise_uniform(actor->stream, DRAW_START, 0, 2, u);
    state->angle = pes_mechanics_wrapped(pi + p->options.spread * (2.0 * (double)u[0] - 1.0));
    state->speed = p->options.spin * (2.0 * (double)u[1] - 1.0);
    return PES_OK;
}

static void observe(void *user, void *worker, int64_t count, const pes_actor *actor,
                    double *observation) {
    const pendulum *p = user;
    pes_mechanics *b = worker;
    for (int64_t i = 0; i < count; i++) {
        b->motion.now[ANGLE].of[i] = ((const particle *)actor[i].state)->angle;
    }
    p->kernels->dsincos(count, b->motion.now[ANGLE].of, b->sine.of, b->cosine.of);
    for (int64_t i = 0; i < count; i++) {
        observation[OBSERVED * i] = b->cosine.of[i];
        observation[OBSERVED * i + 1] = b->sine.of[i];
        observation[OBSERVED * i + 2] = ((const particle *)actor[i].state)->speed;
    }
}

static pes_status step(void *user, void *worker, int64_t count, const pes_actor *actor,
                       const double *action, double *reward, bool *ended) {
    const pendulum *p = user;
    pes_mechanics *b = worker;
    (void)ended;
    b->motion.count = count;
    b->motion.reals = REALS;
    for (int64_t i = 0; i < count; i++) {
        const particle *state = actor[i].state;
        const double u = pes_mechanics_limited(action[i], p->low, p->high);
        reward[i] =
            -(state->angle * state->angle + 0.1 * state->speed * state->speed + 0.001 * u * u);
        b->force.of[i] = u;
        b->motion.now[ANGLE].of[i] = state->angle;
        b->motion.now[SPEED].of[i] = state->speed;
    }
    pes_runge_kutta_step(&b->motion, p->options.step, slopes,
                         &(swinging){.pendulum = p, .block = b});
    for (int64_t i = 0; i < count; i++) {
        *(particle *)actor[i].state =
            (particle){.angle = pes_mechanics_wrapped(b->motion.now[ANGLE].of[i]),
                       .speed = b->motion.now[SPEED].of[i]};
    }
    return PES_OK;
}

// The rod on a sketch as wide as two of them and a half.
static pes_status draw(void *user, void *worker, const void *state, pes_scene *scene) {
    const pendulum *p = user;
    const particle *now = state;
    const double l = p->options.length;
    double sine, cosine;
    (void)worker;
    p->kernels->dsincos(1, &now->angle, &sine, &cosine);
    *scene = (pes_scene){.size = {2.5 * l, 2.5 * l}, .count = 2};
    scene->shape[0] = (pes_shape){.x = {0.0, l * sine},
                                  .y = {0.0, l * cosine},
                                  .radius = 0.06 * l,
                                  .tone = PES_TONE_BODY};
    scene->shape[1] = (pes_shape){.radius = 0.03 * l, .tone = PES_TONE_MARK};
    return PES_OK;
}

// ---- the problem ----------------------------------------------------------------------------

static const char *observed_name(void *user, int64_t index, char room[PES_NAME_SIZE]) {
    static const char *const name[OBSERVED] = {"cosine", "sine", "speed"};
    (void)user, (void)room;
    return name[index];
}

static const char *action_name(void *user, int64_t index, char room[PES_NAME_SIZE]) {
    (void)user, (void)index, (void)room;
    return "torque";
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const pendulum_options *options = given;
    (void)data;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    pendulum *p = malloc(sizeof *p);
    PES_PROBLEM_REQUIRE(p != NULL, PES_E_MEMORY, "no memory for a pendulum");
    *p = (pendulum){.options = *options,
                    .kernels = pes_kernels_select(),
                    .low = -options->torque,
                    .high = options->torque};
    const pes_environment environment = {
        .state_bytes = (int64_t)sizeof(particle),
        .num_observed = OBSERVED,
        .num_actions = 1,
        .low = &p->low,
        .high = &p->high,
        .horizon = options->horizon,
        .batch_hint = GROUP,
        .flops = 100.0,
        .user = p,
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
    return pes_control_create(out, pes_problem_pendulum.name, &environment, &options->policy);
}

static pes_status layout(const void *options, pes_policy *policy) {
    return pes_policy_create(policy, &((const pendulum_options *)options)->policy, OBSERVED, 1);
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
    pes_policy_pin(problem, &((pendulum_options *)options)->policy);
}

const pes_problem_type pes_problem_pendulum = {
    .name = "pendulum",
    .summary = "a policy that swings up a pendulum with a weak motor",
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
