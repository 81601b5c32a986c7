// A physics engine, as a loadable module hands it out: models in the engine's own files, which
// are stepped from states that lie outside it.
//
// The engine's library is needed by the module alone, so that the command and the library of
// problems run without it. A module exports one function, pes_physics_module(), that returns
// the table below. It takes nothing from its host: where an operation fails it says so, and
// leaves a sentence, and the host makes an error of it.
//
// A state is a row of `state_reals` doubles: the time, the positions, the velocities, and
// behind them whatever else the engine needs to go on to the bit. Workers hold no state between
// calls, so one of them serves any number of particles.

#ifndef PES_PROBLEMS_CONTROL_MUJOCO_PHYSICS_H
#define PES_PROBLEMS_CONTROL_MUJOCO_PHYSICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Changes whenever the table below does; the host refuses a module of another number.
enum { PES_PHYSICS_VERSION = 2 };

// Length of a sentence about what went wrong, bytes with the final zero.
enum { PES_PHYSICS_SENTENCE = 512 };

typedef struct pes_physics_model pes_physics_model;
typedef struct pes_physics_worker pes_physics_worker;

typedef struct pes_physics_sizes {
    int64_t num_positions;
    int64_t num_velocities;
    int64_t num_actions;
    int64_t state_reals;  // doubles of a state: time, positions, velocities, the rest
    int64_t num_shapes;   // that a picture of the model has
    int64_t worker_bytes; // what one worker allocates
    double timestep;      // seconds
} pes_physics_sizes;

// What became of some timesteps. After the last two, trouble() has a sentence.
typedef enum pes_physics_outcome {
    PES_PHYSICS_FINE,
    PES_PHYSICS_EXPLODED, // the engine met numbers that are not finite, or as good as that
    PES_PHYSICS_FULL,     // it had no room for all contacts or constraints
    PES_PHYSICS_FAILED,   // it gave up
} pes_physics_outcome;

typedef enum pes_physics_kind { PES_PHYSICS_JOINT, PES_PHYSICS_BODY } pes_physics_kind;

typedef enum pes_physics_form {
    PES_PHYSICS_CAPSULE, // size: radius, half the length of its axis, which is its z
    PES_PHYSICS_SPHERE,  // size: radius
    PES_PHYSICS_BOX,     // size: half of each edge, or of the box around it
    PES_PHYSICS_PLANE,   // its z is the normal
    PES_PHYSICS_OTHER,
} pes_physics_form;

typedef struct pes_physics_shape {
    pes_physics_form form;
    int64_t body;       // that it belongs to: 0 is the world, 1 the first that moves
    double size[3];     // metres
    double position[3]; // metres
    double axes[9];     // a rotation, by rows: its columns are the shape's axes
} pes_physics_shape;

typedef struct pes_physics {
    uint32_t version; // PES_PHYSICS_VERSION
    const char *name; // "MuJoCo 2.2.2"

    // A model from a file or, where `text` is not NULL, from that text. NULL: `sentence` says
    // why.
    pes_physics_model *(*load)(const char *path, const char *text, pes_physics_sizes *sizes,
                               char sentence[PES_PHYSICS_SENTENCE]);
    void (*unload)(pes_physics_model *model);

    // Name of joint or body number `index`, "" if it has none; NULL past the last. And where
    // its numbers are: of a joint the first of its positions, of a body the number that
    // body_position() takes.
    const char *(*name_of)(const pes_physics_model *model, pes_physics_kind kind,
                           int64_t index);
    int64_t (*place_of)(const pes_physics_model *model, pes_physics_kind kind, int64_t index);

    // The joint that a velocity belongs to; name of an action, "" if it has none; its range,
    // infinite where there is none.
    int64_t (*joint_of_velocity)(const pes_physics_model *model, int64_t index);
    const char *(*action_name)(const pes_physics_model *model, int64_t index);
    void (*action_range)(const pes_physics_model *model, int64_t index, double *low,
                         double *high);

    // Scratch of one thread; NULL without memory. Then operations on states, each of which may
    // fail.
    pes_physics_worker *(*open)(const pes_physics_model *model);
    void (*close)(pes_physics_worker *worker);
    const char *(*trouble)(const pes_physics_worker *worker); // the latest sentence

    // The model's own start.
    bool (*start)(pes_physics_worker *worker, double *state);
    // Positions and velocities of the state were changed from outside: take them over.
    bool (*settle)(pes_physics_worker *worker, double *state);
    // `count` timesteps under one action. Unless all is fine, the state is of no use.
    pes_physics_outcome (*step)(pes_physics_worker *worker, double *state, const double *action,
                                int64_t count);
    // The timesteps of `steps` calls of step() in one, and nothing else.
    bool (*replay)(pes_physics_worker *worker, const double *state, const double *action,
                   int64_t steps, int64_t count);
    // Where a body is, metres.
    bool (*body_position)(pes_physics_worker *worker, const double *state, int64_t body,
                          double position[3]);
    // Every shape of the model: num_shapes.
    bool (*shapes)(pes_physics_worker *worker, const double *state, pes_physics_shape *shape);
} pes_physics;

// The function that a module exports, and its name.
typedef const pes_physics *(*pes_physics_entry)(void);
#define PES_PHYSICS_ENTRY "pes_physics_module"

#endif // PES_PROBLEMS_CONTROL_MUJOCO_PHYSICS_H
