// Policies: what turns an observation into an action. Their weights are theta.
//
// Three kinds, rows of the table in policy.c, all made of layers y = f(x W + b), where x is a
// row of numbers and W is inputs x outputs:
//
//     linear     a = o W [+ b]
//     mlp        x <- tanh(x W + b), hidden layer by hidden layer;  a = x W + b
//     recurrent  h <- tanh(o W + h U + b);  a = h V + c          (Elman 1990), h = 0 at first
//
// Arithmetic is in single precision; every sum is one chain of fused multiply-adds that begins
// at the bias and goes through the inputs in order. So a program that does the same has the
// same bits, as far as its tanh goes.

#ifndef PES_PROBLEMS_CONTROL_POLICY_H
#define PES_PROBLEMS_CONTROL_POLICY_H

#include "kernels/kernels.h"
#include "problems/problem.h"

enum { PES_POLICY_LAYERS = 8, PES_POLICY_UNITS = 4096 };

// The settings that every problem with a policy has: a member `policy` of its option struct.
typedef struct pes_policy_options {
    const char *kind;          // a name of pes_policy_kind_name()
    pes_int_list hidden;       // mlp: units of each hidden layer; recurrent: one number
    bool bias;                 // linear: with a bias
    double init_scale;         // weights into hidden units: normal / sqrt(inputs) times this
    double output_scale;       // the same of the weights of the last layer; 0: zero
    uint64_t init_seed;        // of these normals
    const char *action_bounds; // a name of pes_policy_bounds_name()
    bool normalize;            // observations, normalize.h
    double normalize_clip;     // largest normalized number; 0: any
    int64_t normalize_until;   // observations after which the statistics stay; 0: never
    char start_file[PES_TEXT_SIZE];   // where theta and the statistics start; "": at random
    char start_sha256[PES_TEXT_SIZE]; // that these must have; "": any
} pes_policy_options;

// Their defaults, and their rows of a field table: PES_POLICY_FIELDS(my_options, policy).
pes_policy_options pes_policy_default(void);
const char *pes_policy_kind_name(int64_t index);   // NULL past the last
const char *pes_policy_bounds_name(int64_t index); // "clip", "tanh", "none"; NULL past the last

#define PES_POLICY_FIELD(structure, member, part, kind_, low, high, summary_, choice_)         \
    {                                                                                          \
        .name = #part, .type = PES_FIELD_##kind_,                                              \
        .offset = offsetof(structure, member) + offsetof(pes_policy_options, part),            \
        .minimum = (low), .maximum = (high), .unit = "", .summary = (summary_),                \
        .choice = (choice_)                                                                    \
    }
#define PES_POLICY_PATH(structure, member, part, unit_, summary_)                              \
    {                                                                                          \
        .name = #part, .type = PES_FIELD_TEXT,                                                 \
        .offset = offsetof(structure, member) + offsetof(pes_policy_options, part),            \
        .unit = (unit_), .summary = (summary_)                                                 \
    }
#define PES_POLICY_FIELDS(structure, member)                                                   \
    {.name = "policy",                                                                         \
     .type = PES_FIELD_CHOICE,                                                                 \
     .offset = offsetof(structure, member) + offsetof(pes_policy_options, kind),               \
     .unit = "",                                                                               \
     .summary =                                                                                \
         "what turns an observation into an action: linear, a perceptron with tanh "           \
         "units, or one with a recurrent layer",                                               \
     .choice = pes_policy_kind_name},                                                          \
        PES_POLICY_FIELD(structure, member, hidden, INT_LIST, 1, PES_POLICY_UNITS,             \
                         "mlp: units of each hidden layer; recurrent: of its one", NULL),      \
        PES_POLICY_FIELD(structure, member, bias, BOOL, 0.0, 0.0,                              \
                         "linear: a constant is added to each action", NULL),                  \
        PES_POLICY_FIELD(structure, member, init_scale, REAL, 0.0, 1e3,                        \
                         "initial weights of hidden units are normal, with this over the "     \
                         "square root of their number of inputs as standard deviation",        \
                         NULL),                                                                \
        PES_POLICY_FIELD(structure, member, output_scale, REAL, 0.0, 1e3,                      \
                         "the same of the weights that give the actions; 0: they are zero",    \
                         NULL),                                                                \
        PES_POLICY_FIELD(structure, member, init_seed, SEED, 0.0, 0.0,                         \
                         "seed of the initial weights", NULL),                                 \
        PES_POLICY_FIELD(structure, member, action_bounds, CHOICE, 0.0, 0.0,                   \
                         "how actions are kept in the environment's range: cut off, by tanh, " \
                         "or not at all",                                                      \
                         pes_policy_bounds_name),                                              \
        PES_POLICY_FIELD(structure, member, normalize, BOOL, 0.0, 0.0,                         \
                         "the policy sees observations less their mean over their standard "   \
                         "deviation so far",                                                   \
                         NULL),                                                                \
        PES_POLICY_FIELD(structure, member, normalize_clip, REAL, 0.0, 1e6,                    \
                         "largest size of a normalized number; 0: any", NULL),                 \
        PES_POLICY_FIELD(structure, member, normalize_until, INT, 0, 1e15,                     \
                         "observations after which mean and deviation stay as they are; 0: "   \
                         "never",                                                              \
                         NULL),                                                                \
        PES_POLICY_PATH(structure, member, start_file, "path",                                 \
                        "where theta and these statistics start: a safetensors file that "     \
                        "pes export has written of such a policy; empty: at init_seed's "      \
                        "weights, with none"),                                                 \
        PES_POLICY_PATH(structure, member, start_sha256, "",                                   \
                        "SHA-256 sum that the policy in start_file must have; empty: any; a "  \
                        "run notes it")

// One layer: y = f(start + x W), W at theta[weight], inputs x outputs. Where a sum begins:
// theta[bias], or zero with bias = -1. A recurrent layer goes on with its memory times
// theta[recurrent], outputs x outputs.
typedef struct pes_policy_layer {
    const char *name; // "hidden1", "output"
    int64_t inputs, outputs;
    int64_t weight, bias, recurrent; // offsets in theta; -1: none
    bool squash;                     // f is tanh; else the identity
} pes_policy_layer;

typedef struct pes_policy {
    pes_policy_options options;
    const pes_kernels *kernels;
    int64_t num_observed, num_actions, num_params;
    int64_t num_memory; // floats that a particle remembers, zero at first
    int64_t widest;     // outputs of a layer, at most
    int64_t num_layers;
    pes_policy_layer layer[PES_POLICY_LAYERS + 1];
} pes_policy;

// Lay out a policy. PES_E_ARGUMENT with a sentence where the settings do not fit together.
pes_status pes_policy_create(pes_policy *policy, const pes_policy_options *options,
                             int64_t num_observed, int64_t num_actions);

// The initial weights, num_params.
void pes_policy_init(const pes_policy *policy, float *theta);

// The tensors of a layer that there are: weight, recurrent, bias. False past the last.
typedef struct pes_policy_tensor {
    const char *part;
    int64_t begin;         // of theta
    int64_t rows, columns; // columns 0: a row of numbers
} pes_policy_tensor;
bool pes_policy_tensor_get(const pes_policy_layer *layer, int64_t index,
                           pes_policy_tensor *out);

// The name of parameter `index`: of its tensor and its place there, both from 0, as
// "output_weight.3.1", from input 3 to output 1, or "output_bias.1"; NULL past the last.
const char *pes_policy_param_name(const pes_policy *policy, int64_t index,
                                  char room[PES_NAME_SIZE]);

// The action to an observation. memory: num_memory, brought up to date. room: 2 x widest.
void pes_policy_act(const pes_policy *policy, const float *theta, const float *observation,
                    float *memory, float *room, float *action);

// Floating-point operations of one action.
double pes_policy_flops(const pes_policy *policy);

#endif // PES_PROBLEMS_CONTROL_POLICY_H
