#include "problems/control/normalize.h"

#include <math.h>
#include <stdbool.h>

static const double least_deviation = 1e-8;

int64_t pes_normalize_common(const pes_normalize *normalize) {
    return normalize->numbers > 0 ? 1 + 3 * normalize->numbers : 0;
}

int64_t pes_normalize_gathered(const pes_normalize *normalize) {
    return normalize->numbers > 0 ? 1 + 2 * normalize->numbers : 0;
}

const double *pes_normalize_mean(const pes_normalize *normalize, const double *common) {
    (void)normalize;
    return common + 1;
}

const double *pes_normalize_squares(const pes_normalize *normalize, const double *common) {
    return common + 1 + normalize->numbers;
}

const double *pes_normalize_scale(const pes_normalize *normalize, const double *common) {
    return common + 1 + 2 * normalize->numbers;
}

void pes_normalize_begin(const pes_normalize *normalize, double *common) {
    const int64_t n = normalize->numbers;
    for (int64_t i = 0; i < 1 + 3 * n; i++) {
        common[i] = i < 1 + 2 * n ? 0.0 : 1.0;
    }
}

void pes_normalize_see(const pes_normalize *normalize, const double *common, double *gathered,
                       const double *observation, float *seen) {
    const int64_t n = normalize->numbers;
    const double *mean = common + 1, *scale = mean + 2 * n, clip = normalize->clip;
    double *d = gathered + 1, *q = d + n;
    gathered[0] += 1.0;
    for (int64_t i = 0; i < n; i++) {
        const double off = observation[i] - mean[i], scaled = off * scale[i];
        d[i] += off;
        q[i] += off * off;
        const bool far = clip > 0.0 && fabs(scaled) > clip;
        seen[i] = (float)(far ? copysign(clip, scaled) : scaled);
    }
}

void pes_normalize_absorb(const pes_normalize *normalize, double *common, const double *sum) {
    const int64_t n = normalize->numbers;
    const double *d = sum + 1, *q = d + n, count = common[0] + sum[0];
    double *mean = common + 1, *squares = mean + n, *scale = squares + n;
    if (!(sum[0] > 0.0) || (normalize->until > 0 && common[0] >= (double)normalize->until)) {
        return;
    }
    common[0] = count;
    for (int64_t i = 0; i < n; i++) {
        const double shift = d[i] / count;
        mean[i] += shift;
        squares[i] = fmax(squares[i] + q[i] - d[i] * shift, 0.0);
        const double deviation = sqrt(squares[i] / count);
        scale[i] = deviation > least_deviation ? 1.0 / deviation : 1.0;
    }
}
