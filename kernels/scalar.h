// What the files of the scalar table share. Only they, select.c's users through the table, and
// nobody else include this.

#ifndef PES_KERNELS_SCALAR_H
#define PES_KERNELS_SCALAR_H

#include "kernels/kernels.h"

// One value of the functions below.
float pes_scalar_exp_of(float x);
float pes_scalar_exp_inside(float x); // exp_smallest <= x <= exp_largest; rubbish elsewhere
float pes_scalar_log_of(float x);

void pes_scalar_exp(int64_t n, const float *x, float *y);
void pes_scalar_tanh(int64_t n, const float *x, float *y);
void pes_scalar_log(int64_t n, const float *x, float *y);
void pes_scalar_sigmoid(int64_t n, const float *x, float *y);
void pes_scalar_dexp(int64_t n, const double *x, double *y);
void pes_scalar_dsincos(int64_t n, const double *x, double *sine, double *cosine);
void pes_scalar_ripple_step(pes_kernels_ripples *points);
void pes_scalar_ripple_measure(pes_kernels_ripples *points);
void pes_scalar_ripple_steps_single(pes_kernels_ripples_single *points, int64_t steps,
                                    double *loss);
void pes_scalar_ripple_measure_single(pes_kernels_ripples_single *points, double *loss);
pes_kernels_hits pes_scalar_softmax_cross_entropy(int64_t rows, int64_t classes,
                                                  const float *logits, int64_t ld_logits,
                                                  const uint8_t *labels, float scale,
                                                  float *gradient, int64_t ld_gradient);

void pes_scalar_philox(const uint32_t key[2], const uint32_t counter[4], int word,
                       int64_t blocks, uint32_t *out);
void pes_scalar_normal(const uint32_t key[2], const uint32_t counter[4], int word,
                       int64_t blocks, float *out);

void pes_scalar_few_normals(const uint32_t key[2], const uint32_t counter[4], int64_t blocks,
                            int64_t each, float *out);
void pes_scalar_few_perturb(int64_t n, const pes_kernels_few *work);
pes_kernels_few_sums pes_scalar_few_sum(int64_t n, const pes_kernels_few_terms *terms);
double pes_scalar_weigh_pairs(int64_t pairs, const double *value, double count, double *weight);
void pes_scalar_add_rows(int64_t rows, int64_t n, int64_t ld, const double *x, double *sum);

void pes_scalar_sgemm_nn(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                         const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate);
void pes_scalar_sgemm_nt(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                         const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate);
void pes_scalar_sgemm_tn(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                         const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate);

void pes_scalar_lanes_gather(int64_t lanes, int64_t count, int64_t n, const float *from,
                             int64_t ld, float *to);
void pes_scalar_lanes_product(int64_t lanes, int64_t rows, int64_t columns, const float *w,
                              const float *x, const float *start, float *y);
void pes_scalar_lanes_cross_entropy(int64_t lanes, int64_t classes, const float *logits,
                                    const uint8_t *label, double *loss);

double pes_scalar_squares(int64_t n, const float *x);
void pes_scalar_shared_layer(const pes_kernels_layer *layer, int64_t lanes,
                             const float *const *x, float *y, int64_t ldy);
void pes_scalar_running_means(int64_t n, int64_t count, const float *keep, const float *add,
                              const float *x, float *const *mean, double *squares);
void pes_scalar_grown_steps(int64_t n, float size, float factor, const float *direction,
                            const float *magnitude, float *weight);

// x, or 0 where it is subnormal.
float pes_scalar_without_dust(float x);

void pes_scalar_row_squares(int64_t rows, int64_t n, const float *x, int64_t ldx, double *sum);
void pes_scalar_column_squares(int64_t rows, int64_t n, const float *x, int64_t ldx,
                               double *sum);
void pes_scalar_reciprocal_roots(int64_t n, float scale, float add, float least, const float *x,
                                 float *y);
void pes_scalar_factored_moments(const pes_kernels_factored *block,
                                 const float keep[PES_KERNELS_FACTORED_MOMENTS],
                                 const float add[PES_KERNELS_FACTORED_MOMENTS],
                                 double sum[PES_KERNELS_FACTORED]);
void pes_scalar_factored_steps(const pes_kernels_factored *block,
                               const pes_kernels_factored_network *network);

#endif // PES_KERNELS_SCALAR_H
