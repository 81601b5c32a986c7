// The environment's operations: starts, observations, steps and rewards.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/control/mujoco/mujoco.h"

enum { DRAW_POSITIONS, DRAW_VELOCITIES };

// Where the numbers of a state begin (physics.h).
static double *positions_of(const pes_actor *actor) {
    return (double *)actor->state + 1;
}

static double *velocities_of(const pes_mujoco *own, const pes_actor *actor) {
    return (double *)actor->state + 1 + own->sizes.num_positions;
}

pes_status pes_mujoco_failed(const pes_mujoco *own, const pes_mujoco_worker *with) {
    return pes_fail(PES_E_SYSTEM, "%s: %s", own->engine->name,
                    own->engine->trouble(with->engine));
}

// ---- workers --------------------------------------------------------------------------------

static int64_t most_noise(const pes_mujoco *own) {
    const pes_physics_sizes *z = &own->sizes;
    return z->num_positions > z->num_velocities ? z->num_positions : z->num_velocities;
}

int64_t pes_mujoco_worker_bytes(const pes_mujoco *own) {
    return own->sizes.worker_bytes + (int64_t)sizeof(pes_mujoco_worker) +
           most_noise(own) * (int64_t)sizeof(float) +
           own->sizes.num_shapes * (int64_t)sizeof(pes_physics_shape);
}

pes_status pes_mujoco_worker_open(void *user, void **worker) {
    const pes_mujoco *own = user;
    pes_mujoco_worker *made = calloc(1, sizeof *made);
    PES_PROBLEM_REQUIRE(made != NULL, PES_E_MEMORY, "no memory to simulate with");
    made->noise = calloc((size_t)most_noise(own) + 1, sizeof *made->noise);
    made->shape = calloc((size_t)own->sizes.num_shapes + 1, sizeof *made->shape);
    made->engine = own->engine->open(own->model);
    if (made->noise == NULL || made->shape == NULL || made->engine == NULL) {
        pes_mujoco_worker_close(user, made);
        return pes_fail(PES_E_MEMORY, "no memory for the %lld bytes of a simulation",
                        (long long)own->sizes.worker_bytes);
    }
    *worker = made;
    return PES_OK;
}

void pes_mujoco_worker_close(void *user, void *worker) {
    const pes_mujoco *own = user;
    pes_mujoco_worker *made = worker;
    if (made != NULL) {
        own->engine->close(made->engine);
        free(made->noise);
        free(made->shape);
        free(made);
    }
}

// ---- starts ---------------------------------------------------------------------------------

static void add_uniform(const pes_mujoco_worker *with, const pes_stream *stream, uint32_t use,
                        double scale, int64_t count, double *x) {
    pes_noise_uniform(stream, use, 0, count, with->noise);
    for (int64_t i = 0; i < count; i++) {
        x[i] += scale * (2.0 * (double)with->noise[i] - 1.0);
    }
}

static void add_normal(const pes_mujoco_worker *with, const pes_stream *stream, uint32_t use,
                       double scale, int64_t count, double *x) {
    pes_noise_normal(stream, use, 0, count, with->noise);
    for (int64_t i = 0; i < count; i++) {
        x[i] += scale * (double)with->noise[i];
    }
}

pes_status pes_mujoco_reset(void *user, void *worker, const pes_actor *actor) {
    const pes_mujoco *own = user;
    const pes_mujoco_options *o = &own->options;
    const pes_mujoco_worker *with = worker;
    const bool is_normal = strcmp(o->velocity_noise_kind, "normal") == 0;
    memcpy(actor->state, own->start, (size_t)own->sizes.state_reals * sizeof *own->start);
    if (o->position_noise > 0.0) {
        add_uniform(with, actor->stream, DRAW_POSITIONS, o->position_noise,
                    own->sizes.num_positions, positions_of(actor));
    }
    if (o->velocity_noise > 0.0) {
        (is_normal ? add_normal : add_uniform)(with, actor->stream, DRAW_VELOCITIES,
                                               o->velocity_noise, own->sizes.num_velocities,
                                               velocities_of(own, actor));
    }
    return own->engine->settle(with->engine, actor->state) ? PES_OK
                                                           : pes_mujoco_failed(own, with);
}

// ---- observations ---------------------------------------------------------------------------

static double cut(double x, double limit) {
    const double below = x > limit ? limit : x;
    return below < -limit ? -limit : below;
}

void pes_mujoco_observe(void *user, void *worker, int64_t count, const pes_actor *actor,
                        double *observation) {
    const pes_mujoco *own = user;
    const int64_t seen = own->sizes.num_positions - own->observe_from;
    const double limit = own->options.velocity_clip;
    (void)worker;
    for (int64_t i = 0; i < count; i++) {
        memcpy(observation, positions_of(&actor[i]) + own->observe_from,
               (size_t)seen * sizeof *observation);
        observation += seen;
        const double *velocity = velocities_of(own, &actor[i]);
        for (int64_t k = 0; k < own->sizes.num_velocities; k++) {
            *observation++ = limit > 0.0 ? cut(velocity[k], limit) : velocity[k];
        }
    }
}

// ---- steps ----------------------------------------------------------------------------------

static bool is_healthy(const pes_mujoco *own, const pes_actor *actor) {
    const pes_mujoco_options *o = &own->options;
    const double *x = positions_of(actor); // and the velocities behind them
    bool healthy = true;
    for (int64_t i = 0; i < o->healthy.count; i++) {
        const pes_mujoco_healthy *range = &o->healthy.row[i];
        const double at = x[own->healthy_at[i]];
        healthy = healthy && range->low < at && at < range->high;
    }
    const int64_t all = own->sizes.num_positions + own->sizes.num_velocities;
    for (int64_t i = o->healthy_limit_from; o->healthy_limit > 0.0 && i < all; i++) {
        healthy = healthy && -o->healthy_limit < x[i] && x[i] < o->healthy_limit;
    }
    return healthy;
}

// How far ahead it is; 0 where nothing is rewarded.
static pes_status measure_way(const pes_mujoco *own, const pes_mujoco_worker *with,
                              const pes_actor *actor, double *way) {
    double position[3];
    *way = own->forward_at >= 0 ? positions_of(actor)[own->forward_at] : 0.0;
    if (own->forward_body >= 0) {
        if (!own->engine->body_position(with->engine, actor->state, own->forward_body,
                                        position)) {
            return pes_mujoco_failed(own, with);
        }
        *way = position[own->forward_axis];
    }
    return PES_OK;
}

static double cost_of(const pes_mujoco *own, const double *action) {
    double sum = 0.0;
    for (int64_t k = 0; k < own->sizes.num_actions; k++) {
        sum += action[k] * action[k];
    }
    return own->options.control_cost * sum;
}

static pes_status step_one(const pes_mujoco *own, const pes_mujoco_worker *with,
                           const pes_actor *actor, const double *action, double *reward,
                           bool *ended) {
    const pes_mujoco_options *o = &own->options;
    double before, after;
    PES_PROBLEM_TRY(measure_way(own, with, actor, &before));
    const pes_physics_outcome outcome =
        own->engine->step(with->engine, actor->state, action, o->frame_skip);
    *reward = (double)NAN;
    if (outcome != PES_PHYSICS_FINE) {
        return outcome == PES_PHYSICS_EXPLODED ? PES_OK : pes_mujoco_failed(own, with);
    }
    PES_PROBLEM_TRY(measure_way(own, with, actor, &after));
    const bool healthy = is_healthy(own, actor);
    *reward = o->forward_weight * ((after - before) / own->step_seconds) -
              cost_of(own, action) + (healthy || o->unhealthy_ends ? o->healthy_bonus : 0.0);
    *ended = !healthy && o->unhealthy_ends;
    return PES_OK;
}

pes_status pes_mujoco_step(void *user, void *worker, int64_t count, const pes_actor *actor,
                           const double *action, double *reward, bool *ended) {
    const pes_mujoco *own = user;
    for (int64_t i = 0; i < count; i++) {
        PES_PROBLEM_TRY(step_one(own, worker, &actor[i], action + i * own->sizes.num_actions,
                                 &reward[i], &ended[i]));
    }
    return PES_OK;
}

pes_status pes_mujoco_replay(void *user, void *worker, const void *state, const double *action,
                             int64_t steps) {
    const pes_mujoco *own = user;
    const pes_mujoco_worker *with = worker;
    return own->engine->replay(with->engine, state, action, steps, own->options.frame_skip)
               ? PES_OK
               : pes_mujoco_failed(own, with);
}
