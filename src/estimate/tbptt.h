// The gradient of one truncation by itself, which other methods use too.

#ifndef PES_ESTIMATE_TBPTT_H
#define PES_ESTIMATE_TBPTT_H

#include "estimate/derivative.h"

extern const pes_derivative_rule pes_derivative_tbptt;

#endif // PES_ESTIMATE_TBPTT_H
