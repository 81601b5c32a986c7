// The inner loops, once per instruction set.
//
// The scalar table *is* the definition. Every other table agrees with it bit for bit, on every
// machine; tests/unit/kernels holds them to that. This is possible because the build forbids
// contraction (-ffp-contract=off), every fused multiply-add is written as one, and every sum
// has one stated order that all tables follow. Not-a-number is one value here: which of its bit
// patterns comes out may differ, except that exp, tanh and log return the positive quiet one.
//
// Matrices are row-major; `ld*` is the distance between rows in elements, at least the row's
// length. No kernel reads or writes beyond the elements that its comment names, none allocates,
// and none needs alignment (rows that begin on 64 bytes are faster). n = 0 is allowed
// everywhere.

#ifndef PES_KERNELS_KERNELS_H
#define PES_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What softmax_cross_entropy() saw.
typedef struct pes_kernels_hits {
    double loss;     // sum over the rows of -log softmax(logits)[label], natural logarithm
    int64_t correct; // rows whose largest logit (the first of equals) is the label's
} pes_kernels_hits;

// Points of the function
//
//     f(x) = sqrt(x0^2 + 5) - sqrt(5) + sin(x1)^2 exp(-5 x0^2) + |x1 - 100| / 4
//
// side by side, each descending at a rate of its own that goes from `first` to `last` with
// time:
//
//     rate = (1 - passed) first + passed last,    passed = min(time, horizon) / horizon
enum {
    PES_KERNELS_RIPPLES = 64,
    PES_KERNELS_RIPPLE_VECTOR = 8,
    PES_KERNELS_RIPPLE_SINGLES = 32
};
typedef double pes_kernels_column[PES_KERNELS_RIPPLES]; // whole cache lines
typedef struct pes_kernels_ripples {
    _Alignas(64) pes_kernels_column first; // rate at the beginning
    pes_kernels_column last;               // rate from `horizon` on
    pes_kernels_column time;               // steps taken
    pes_kernels_column passed;             // share of the horizon, 0..1
    pes_kernels_column rate;               // of the step being taken
    pes_kernels_column x[2];               // the points
    pes_kernels_column slope[2];           // of f at x
    pes_kernels_column sine, cosine;       // of x1
    pes_kernels_column bell;               // exp(-5 x0^2)
    pes_kernels_column loss;               // f at x
    double horizon;                        // steps until the rate is the last, > 0
    int64_t count;                         // points, at most PES_KERNELS_RIPPLES
} pes_kernels_ripples;

// The same points in single precision. They step many times a call, and f is all that is kept
// of a step.
typedef float pes_kernels_single_column[PES_KERNELS_RIPPLES];
typedef struct pes_kernels_ripples_single {
    _Alignas(64) pes_kernels_single_column first; // rate at the beginning
    pes_kernels_single_column last;               // rate from `horizon` on
    pes_kernels_single_column time;               // steps taken, or `horizon` where it is less
    pes_kernels_single_column place[4]; // x0, x1, and the slope of f there by x0 and x1
    float horizon;                      // steps until the rate is the last, 1 to 2^24
    int64_t count;                      // points, at most PES_KERNELS_RIPPLES
} pes_kernels_ripples_single;

// Few parameters, 1 to PES_KERNELS_FEW, of many units: a call for each would cost more than the
// work.
enum { PES_KERNELS_FEW = 4 };

// Normals that a unit of n parameters is given: the first 1, 2 or 4 of a block.
static inline int64_t pes_kernels_few_normals(int64_t n) {
    return n == 3 ? 4 : n;
}

// One perturbation for every unit.
typedef struct pes_kernels_few {
    int64_t units;
    int64_t signs;       // rows of a unit: 2, or 1 with plain sampling
    float sigma;         // > 0
    double credit;       // 1 / sigma^2, or 0: leave xi, past and drawn untouched
    const float *theta;  // n
    const float *normal; // units x pes_kernels_few_normals(n)
    float *rows;         // units x signs x n, out: theta + eps, theta - eps
    float *xi;           // units x n
    double *past;        // units, out: |xi|^2 before
    double *drawn;       // units, out: |normal|^2 credit
} pes_kernels_few;

// Terms of a gradient, one for every unit.
typedef struct pes_kernels_few_terms {
    int64_t units;
    const double *weight;  // units
    const float *xi;       // units x n
    const double *past;    // units
    const double *present; // units, or NULL: zeros
} pes_kernels_few_terms;

// Sums over the units in order.
typedef struct pes_kernels_few_sums {
    double whole;                // of weight^2 |xi|^2
    double past;                 // of weight^2 past
    double present;              // of weight^2 present
    double sum[PES_KERNELS_FEW]; // of weight xi
} pes_kernels_few_sums;

// A layer of a network whose weights are the same for all lanes.
typedef struct pes_kernels_layer {
    int64_t rows, columns; // outputs, inputs
    const float *w;        // columns x rows: the weights of one input side by side
    const float *start;    // rows: the biases
    bool positive;         // outputs below 0 become 0; not-a-number stays one
} pes_kernels_layer;

enum { PES_KERNELS_MEANS = 16 }; // running means that are taken at once, at most

// A block of a matrix of weights with what the factored optimizer keeps of them. For the weight
// in row r and column c its network reads these features,
//
//     g, w, m[0..2], s, m[k] / sqrt(s + 1e-6), 1 / sqrt(s + 1e-6), g a[k], m[k] b[k]
//     a[k] = row[k][r] beside_g[k][c],   b[k] = row[k][r] beside_m[k][c]
//
// 16 in all, and others that belong to the row or the column alone.
enum {
    PES_KERNELS_FACTORS = 3,
    PES_KERNELS_FACTORED_MOMENTS = PES_KERNELS_FACTORS + 1, // m, s
    PES_KERNELS_FACTORED = 16,
    PES_KERNELS_FACTORED_ROWS = 128,
    PES_KERNELS_FACTORED_LANES = 128
};
typedef struct pes_kernels_factored {
    int64_t rows, columns;                       // rows: at most PES_KERNELS_FACTORED_ROWS
    int64_t ld;                                  // from row to row of the four below, floats
    const float *gradient;                       // g: rows x columns
    float *weights;                              // w: rows x columns
    float *moment[PES_KERNELS_FACTORED_MOMENTS]; // m, s: rows x columns
    const float *row[PES_KERNELS_FACTORS];       // rows
    const float *beside_g[PES_KERNELS_FACTORS];  // columns
    const float *beside_m[PES_KERNELS_FACTORS];  // columns
} pes_kernels_factored;

// The network that reads them: its first layer and the others, each followed by max(.., 0) but
// the last, which has two outputs, direction and magnitude.
typedef struct pes_kernels_factored_network {
    int64_t units;      // of the first layer
    const float *first; // PES_KERNELS_FACTORED x units: the weights of a feature side by side
    const float *start_row, *start_column; // units x rows, units x columns: where the sums of
                                           // the first layer begin, to be added
    int64_t ld_start;                      // from unit to unit of both, floats
    int64_t layers;                        // beside the first, at least one
    const pes_kernels_layer *layer;        // layers
    int64_t widest;                        // outputs of a layer, at most
    float size, growth;                    // the step's; see grown_steps()
    float *scratch;                        // 2 x widest x PES_KERNELS_FACTORED_LANES
} pes_kernels_factored_network;

typedef struct pes_kernels {
    const char *name;

    // Philox4x32-10 (Salmon et al. 2011) of `blocks` counters that differ in one word: block i
    // uses `counter` with counter[word] + i (modulo 2^32), and `word` is 0 or 2. out: 4 x
    // blocks words.
    void (*philox)(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   uint32_t *out);

    // Standard normals of the same blocks by Box and Muller (1958). out: 4 x blocks floats.
    void (*normal)(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   float *out);

    // Apply one perturbation to the parameters of a pair and credit it, element by element:
    //     eps = sigma * normal;  plus = theta + eps;  minus = theta - eps;
    //     xi = (float)((double)xi + credit * (double)eps)
    // `minus` may be NULL (plain sampling). credit = 0 leaves xi untouched, bit for bit.
    void (*perturb)(int64_t n, float sigma, double credit, const float *theta,
                    const float *normal, float *plus, float *minus, float *xi);

    // grad += weight * x, in double: one multiplication and one addition, not fused.
    void (*accumulate)(int64_t n, double weight, const float *x, double *grad);

    // The sum of x[i]^2 in double, whose products are exact. It runs in sixteen lanes (i modulo
    // 16) that are joined by halves: lane l takes lane l + 8, then l + 4, 2, 1.
    double (*squares)(int64_t n, const float *x);

    // The same three for few parameters: the first `each` (1, 2 or 4) normals of blocks whose
    // word 2 counts, out: blocks x each; perturb() and squares() of every unit; accumulate()
    // and what else is summed over units.
    void (*few_normals)(const uint32_t key[2], const uint32_t counter[4], int64_t blocks,
                        int64_t each, float *out);
    void (*few_perturb)(int64_t n, const pes_kernels_few *work);
    pes_kernels_few_sums (*few_sum)(int64_t n, const pes_kernels_few_terms *terms);

    // Pairs of values into weights: weight[u] = (value[2 u] - value[2 u + 1]) / 2 / count.
    // Returns 0 + (value[0] + value[1]) + (value[2] + value[3]) + ..., in this order.
    double (*weigh_pairs)(int64_t pairs, const double *value, double count, double *weight);

    // sum[r] = 0 + x[r][0] + x[r][1] + ... + x[r][n - 1], in this order. rows x n, `ld` apart.
    void (*add_rows)(int64_t rows, int64_t n, int64_t ld, const double *x, double *sum);

    // y = exp(x), tanh(x), log(x); in place allowed. At most 2 units in the last place over the
    // whole range; IEEE results for infinities, NaN, zero and negative arguments; results that
    // would be subnormal may be rounded to zero by exp.
    void (*exp)(int64_t n, const float *x, float *y);
    void (*tanh)(int64_t n, const float *x, float *y);
    void (*log)(int64_t n, const float *x, float *y);

    // y = 1 / (1 + exp(-x)); in place allowed. At most 3 units in the last place where the
    // result is a normal number; below, where exp(-x) is infinite, 0.
    void (*sigmoid)(int64_t n, const float *x, float *y);

    // In double precision, for systems that need it: y = exp(x), in place allowed; and sine and
    // cosine of x, in place allowed for either. At most 2 units in the last place. exp as
    // above. An argument of sine and cosine beyond 2^30 in size is taken as 2^30 with its sign;
    // not-a-number stays one.
    void (*dexp)(int64_t n, const double *x, double *y);
    void (*dsincos)(int64_t n, const double *x, double *sine, double *cosine);

    // One step of gradient descent on a rippled function of two variables, and the function
    // and its slope at a point; see pes_kernels_ripples. Whole vectors are computed, so that
    // columns need numbers up to the next multiple of PES_KERNELS_RIPPLE_VECTOR.
    void (*ripple_step)(pes_kernels_ripples *points);
    void (*ripple_measure)(pes_kernels_ripples *points);

    // The same in single precision: `steps` steps, after each of which f goes to loss[i * steps
    // + t] for point i and step t; and f and its slope where the points are. Beyond 2^17 in
    // size, x1 is taken as that in the sine, and exp(-5 x0^2) is at least exp(-60). Whole
    // vectors of PES_KERNELS_RIPPLE_SINGLES are computed.
    void (*ripple_steps_single)(pes_kernels_ripples_single *points, int64_t steps,
                                double *loss);
    void (*ripple_measure_single)(pes_kernels_ripples_single *points, double *loss);

    // One step of rows of n numbers, each of which moves halfway to its next neighbour, and the
    // last to zero, and is pushed by the row's theta:
    //     s[r][i] = (s[r][i] + s[r][i + 1]) / 2 + push[i] theta[r]
    void (*halfway)(int64_t rows, int64_t n, const double *push, const float *theta, double *s);

    // The same in single precision, the halving and the addition of push[i] theta[r] fused.
    void (*halfway_single)(int64_t rows, int64_t n, const float *push, const float *theta,
                           float *s);

    // C (m x n) = [C +] A B. Every element is one chain of fused multiply-adds over k in
    // ascending order that begins at 0, or at C when `accumulate` is set.
    //     nn: A is m x k, B is k x n    nt: A is m x k, B is n x k    tn: A is k x m, B is k x
    //     n
    void (*sgemm_nn)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate);
    void (*sgemm_nt)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate);
    void (*sgemm_tn)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate);

    // Softmax cross-entropy of `rows` x `classes` logits. Where `gradient` is not NULL it
    // receives scale * (softmax - onehot(label)), rows x classes; it may be `logits` itself.
    // With m the largest logit and e[j] = exp(x[j] - m), the sum of e runs in sixteen lanes
    // (j modulo 16) that are joined by halves: lane l takes lane l + 8, then l + 4, 2, 1.
    //     softmax = e[j] * (1 / sum);   loss += (double)log(sum) - (double)(x[label] - m)
    // The losses are added in the order of the rows.
    pes_kernels_hits (*softmax_cross_entropy)(int64_t rows, int64_t classes,
                                              const float *logits, int64_t ld_logits,
                                              const uint8_t *labels, float scale,
                                              float *gradient, int64_t ld_gradient);

    // x[r][j] = max(x[r][j] + bias[j], 0), where not-a-number stays one; and the same without
    // the maximum. rows x n.
    void (*bias_relu)(int64_t rows, int64_t n, const float *bias, float *x, int64_t ldx);
    void (*bias)(int64_t rows, int64_t n, const float *bias, float *x, int64_t ldx);

    // gradient[r][j] = activation[r][j] > 0 ? gradient[r][j] : 0. rows x n.
    void (*relu_backward)(int64_t rows, int64_t n, const float *activation, int64_t ld_a,
                          float *gradient, int64_t ld_g);

    // sum[j] += x[0][j] + ... + x[rows - 1][j], one float addition per row, in that order.
    void (*column_sums)(int64_t rows, int64_t n, const float *x, int64_t ldx, float *sum);

    // y = a x; and y += a x, one fused multiply-add per element.
    void (*scale)(int64_t n, float a, float *y);
    void (*axpy)(int64_t n, float a, const float *x, float *y);

    // y[i] = fmaf(x[i], a, b) of n bytes: pixels to normalized floats.
    void (*bytes_to_floats)(int64_t n, const uint8_t *x, float a, float b, float *y);

    // Many small networks side by side, one in each lane. An array of n numbers for each of
    // them is n x lanes: number i of lane l is at i * lanes + l. Any number of lanes is
    // allowed; multiples of `lane_width` are fastest.
    int64_t lane_width;

    // Bring `count` <= lanes rows of n numbers, `ld` apart, into lanes; those of the other
    // lanes become 0. to: n x lanes.
    void (*lanes_gather)(int64_t lanes, int64_t count, int64_t n, const float *from, int64_t ld,
                         float *to);

    // Lane by lane y = start + w x: one chain of fused multiply-adds over the columns,
    // ascending, that begins at `start`. w: rows x columns x lanes, x: columns x lanes, start
    // and y: rows x lanes. y may be `start`.
    void (*lanes_product)(int64_t lanes, int64_t rows, int64_t columns, const float *w,
                          const float *x, const float *start, float *y);

    // Lane by lane the softmax cross-entropy of classes x lanes logits: with m the largest
    // logit
    //     loss[l] = (double)log(sum of exp(x[j] - m)) - (double)(x[label[l]] - m)
    // where the sum runs over j, ascending. labels and losses: lanes.
    void (*lanes_cross_entropy)(int64_t lanes, int64_t classes, const float *logits,
                                const uint8_t *label, double *loss);

    // Lane by lane y = start + w x with one w for all lanes: row r is one chain of fused
    // multiply-adds over the columns, ascending, that begins at start[r]. x[j]: the lanes of
    // column j; y: rows x lanes, `ldy` apart.
    void (*shared_layer)(const pes_kernels_layer *layer, int64_t lanes, const float *const *x,
                         float *y, int64_t ldy);

    // `count` <= PES_KERNELS_MEANS running means of x, mean[k] of n numbers each,
    //     mean[k][i] = fmaf(keep[k], mean[k][i], add[k] * x[i]), 0 where that is subnormal
    // and squares[k], the sum of mean[k][i]^2 as squares() has it.
    void (*running_means)(int64_t n, int64_t count, const float *keep, const float *add,
                          const float *x, float *const *mean, double *squares);

    // weight[i] = fmaf(-size * direction[i], exp(factor * magnitude[i]), weight[i])
    void (*grown_steps)(int64_t n, float size, float factor, const float *direction,
                        const float *magnitude, float *weight);

    // sum[r] = squares(n, x[r]); and sum[j] += x[0][j]^2 + ... + x[rows - 1][j]^2 in double,
    // one row after the other. rows x n.
    void (*row_squares)(int64_t rows, int64_t n, const float *x, int64_t ldx, double *sum);
    void (*column_squares)(int64_t rows, int64_t n, const float *x, int64_t ldx, double *sum);

    // y[i] = 1 / sqrt(v), v = x[i] / scale + add, but at least `least`; not-a-number stays one.
    // In place allowed.
    void (*reciprocal_roots)(int64_t n, float scale, float add, float least, const float *x,
                             float *y);

    // The moments of a block take a step as running_means() does, m with g and s with g^2,
    // keep[k] and add[k] for the former and the last ones for s. Then sum[f] += the sum of
    // feature f's squares over the block. The squares of a column are summed in single
    // precision, rows ascending from 1e-30 on; the columns in double as squares() has it:
    // scalar_factored.c says how a square is found. Squares beyond the range of a float make
    // the sum infinite.
    void (*factored_moments)(const pes_kernels_factored *block,
                             const float keep[PES_KERNELS_FACTORED_MOMENTS],
                             const float add[PES_KERNELS_FACTORED_MOMENTS],
                             double sum[PES_KERNELS_FACTORED]);

    // Every weight of a block takes the step that the network says: unit u's sum is a chain of
    // fused multiply-adds over the features, ascending, that begins at start_row[u][r] +
    // start_column[u][c]; the other layers are as in shared_layer(), the step as in
    // grown_steps().
    void (*factored_steps)(const pes_kernels_factored *block,
                           const pes_kernels_factored_network *network);

    // The arithmetic peak, for benchmarks: `rounds` rounds of independent chains of fused
    // multiply-adds that live in registers, flops_per_round operations each (a fused
    // multiply-add counts two): 8 for scalar, 192 for avx2, 384 for avx512. The result only
    // keeps the compiler from dropping the work.
    double (*fma_chains)(int64_t rounds);
    int64_t flops_per_round;
} pes_kernels;

extern const pes_kernels pes_kernels_scalar;
extern const pes_kernels pes_kernels_avx2;   // AVX2 and FMA; x86-64 builds only
extern const pes_kernels pes_kernels_avx512; // AVX-512 F, BW, DQ, VL; x86-64 builds only

// The fastest table that this processor can run, or the one that the environment variable
// PES_KERNELS names (an unknown or impossible name is ignored). Costs one cpuid: call it once.
const pes_kernels *pes_kernels_select(void);

// Every table that this processor can run, scalar first, NULL last.
const pes_kernels *const *pes_kernels_available(void);

#endif // PES_KERNELS_KERNELS_H
