// Tangents and adjoints of the steps of step.c.
//
// A forward step leaves a record of its activations, in single precision as it computed them;
// what is made of them here is double. Where p = softmax(logits), y the character to be said,
// and z the gates' arguments, the tangents (d) of a step are
//
//     dz = W_ih dx + dW_ih x + W_hh dh + dW_hh h + db_ih + db_hh
//     di = i (1 - i) dz_i, likewise f and o;  dg = (1 - g^2) dz_g
//     dc' = f dc + c df + i dg + g di;        dh' = tanh(c') do + o (1 - tanh(c')^2) dc'
//     dloss = sum over k of (p_k - [k = y]) (decoder dh' + ddecoder h' + ddecoder_bias)_k
//
// and the adjoints are the same lines read from below.

#include <math.h>
#include <string.h>

#include "problems/nn/lstm/lstm.h"

pes_lstm_record pes_lstm_record_of(const pes_lstm_network *network) {
    const int64_t hidden = network->hidden;
    pes_lstm_record record = {.gates = 2 * hidden};
    record.squashed = record.gates + PES_LSTM_GATES * hidden;
    record.logits = record.squashed + hidden;
    record.floats = record.logits + network->characters;
    return record;
}

// One step of one particle, as recorded.
typedef struct step {
    const pes_lstm_network *network;
    const float *theta;                         // num_params
    const float *input;                         // E: the embedding of the character read
    const float *h, *c;                         // H: before the step
    const float *in, *forget, *candidate, *out; // H
    const float *squashed;                      // H: tanh(c) after the step
    int64_t character;                          // read
    bool asked;                                 // is there a loss?
    double *loss_slope;                         // C: of the loss by the logits
} step;

// p - [k = y], from the logits.
static void find_loss_slope(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                            const float *logits, int64_t target) {
    const int64_t characters = lstm->network.characters;
    float largest = -INFINITY;
    double sum = 0.0;
    for (int64_t k = 0; k < characters; k++) {
        largest = logits[k] > largest ? logits[k] : largest;
    }
    for (int64_t k = 0; k < characters; k++) {
        scratch->exponentials[k] = logits[k] - largest;
    }
    lstm->kernels->exp(characters, scratch->exponentials, scratch->exponentials);
    for (int64_t k = 0; k < characters; k++) {
        sum += (double)scratch->exponentials[k];
    }
    for (int64_t k = 0; k < characters; k++) {
        scratch->loss_slope[k] =
            (double)scratch->exponentials[k] / sum - (k == target ? 1.0 : 0.0);
    }
}

static step recorded(const pes_lstm *lstm, const pes_lstm_scratch *scratch, const float *theta,
                     const float *record, uint8_t character, uint8_t target) {
    const pes_lstm_network *network = &lstm->network;
    const pes_lstm_record at = pes_lstm_record_of(network);
    const int64_t hidden = network->hidden;
    const float *gates = record + at.gates;
    const bool asked = target != PES_LSTM_NO_TARGET;
    if (asked) {
        find_loss_slope(lstm, scratch, record + at.logits, target);
    }
    return (step){
        .network = network,
        .theta = theta,
        .input = theta + character * network->embedding,
        .h = record,
        .c = record + hidden,
        .in = gates,
        .forget = gates + hidden,
        .candidate = gates + 2 * hidden,
        .out = gates + 3 * hidden,
        .squashed = record + at.squashed,
        .character = character,
        .asked = asked,
        .loss_slope = scratch->loss_slope,
    };
}

// Slopes of the functions, from their values.
static double sigmoid_slope(float y) {
    return (double)y * (1.0 - (double)y);
}

static double tanh_slope(float y) {
    return 1.0 - (double)y * (double)y;
}

// h after the step.
static double spoken(const step *s, int64_t j) {
    return (double)s->out[j] * (double)s->squashed[j];
}

// ---- tangents -------------------------------------------------------------------------------

// sum of row[k] dx[k] + drow[k] x[k]
static double product_tangent(int64_t count, const float *row, const double *dx,
                              const double *drow, const float *x) {
    double sum = 0.0;
    for (int64_t k = 0; k < count; k++) {
        sum += (double)row[k] * dx[k] + drow[k] * (double)x[k];
    }
    return sum;
}

// dz: tangents of the gates' arguments.
static void gate_tangents(const step *s, const double *dtheta, const double *dh, double *dz) {
    const pes_lstm_network *n = s->network;
    const double *dinput = dtheta + s->character * n->embedding;
    for (int64_t r = 0; r < PES_LSTM_GATES * n->hidden; r++) {
        const int64_t ih = n->weight_ih + r * n->embedding, hh = n->weight_hh + r * n->hidden;
        dz[r] = dtheta[n->bias_ih + r] + dtheta[n->bias_hh + r];
        dz[r] += product_tangent(n->embedding, s->theta + ih, dinput, dtheta + ih, s->input);
        dz[r] += product_tangent(n->hidden, s->theta + hh, dh, dtheta + hh, s->h);
    }
}

// The state's tangent (h, then c) becomes that after the step.
static void cell_tangent(const step *s, const double *dz, double *state) {
    const int64_t hidden = s->network->hidden;
    double *dh = state, *dc = state + hidden;
    for (int64_t j = 0; j < hidden; j++) {
        const double din = sigmoid_slope(s->in[j]) * dz[j];
        const double dforget = sigmoid_slope(s->forget[j]) * dz[hidden + j];
        const double dcandidate = tanh_slope(s->candidate[j]) * dz[2 * hidden + j];
        const double dout = sigmoid_slope(s->out[j]) * dz[3 * hidden + j];
        dc[j] = (double)s->forget[j] * dc[j] + (double)s->c[j] * dforget +
                (double)s->in[j] * dcandidate + (double)s->candidate[j] * din;
        dh[j] = (double)s->squashed[j] * dout +
                (double)s->out[j] * tanh_slope(s->squashed[j]) * dc[j];
    }
}

static double loss_tangent(const step *s, const double *dtheta, const double *dh) {
    const pes_lstm_network *n = s->network;
    double dloss = 0.0;
    for (int64_t k = 0; k < n->characters && s->asked; k++) {
        const float *row = s->theta + n->decoder + k * n->hidden;
        const double *drow = dtheta + n->decoder + k * n->hidden;
        double dlogit = dtheta[n->decoder_bias + k];
        for (int64_t j = 0; j < n->hidden; j++) {
            dlogit += (double)row[j] * dh[j] + drow[j] * spoken(s, j);
        }
        dloss += s->loss_slope[k] * dlogit;
    }
    return dloss;
}

// Records of a group's steps first..first + count - 1 become tangents.
static void carry(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                  const pes_lstm_group *group, const pes_tangents *tangents, int64_t first,
                  int64_t count) {
    const pes_lstm_network *network = &lstm->network;
    const pes_batch *batch = group->batch;
    const int64_t params = network->num_params, reals = 2 * network->hidden;
    const int64_t floats = pes_lstm_record_of(network).floats;
    for (int64_t i = 0; i < group->count * count; i++) {
        const int64_t l = i / count, t = i % count, particle = group->first + l;
        const step s = recorded(lstm, scratch, batch->theta + particle * params,
                                scratch->records + (l * PES_LSTM_RECORDS + t) * floats,
                                scratch->read[t * scratch->lanes + l],
                                scratch->target[t * scratch->lanes + l]);
        for (int64_t m = 0; m < tangents->directions; m++) {
            const int64_t row = particle * tangents->directions + m;
            const double *dtheta = tangents->theta + row * params;
            double *state = tangents->state + row * reals;
            gate_tangents(&s, dtheta, state, scratch->gate_slope);
            cell_tangent(&s, scratch->gate_slope, state);
            tangents->loss[row * batch->steps + first + t] = loss_tangent(&s, dtheta, state);
        }
    }
}

pes_status pes_lstm_unroll_tangents(void *user, void *worker, const pes_batch *batch,
                                    const pes_tangents *tangents) {
    const pes_lstm *lstm = user;
    const pes_lstm_scratch *scratch = worker;
    const int64_t stride = PES_LSTM_RECORDS * pes_lstm_record_of(&lstm->network).floats;
    for (int64_t i = 0; i < batch->count; i += scratch->lanes) {
        const pes_lstm_group group = pes_lstm_group_at(scratch, batch, i);
        pes_lstm_load(lstm, scratch, &group);
        for (int64_t t = 0; t < batch->steps; t += PES_LSTM_RECORDS) {
            const int64_t left = batch->steps - t;
            const int64_t count = left < PES_LSTM_RECORDS ? left : PES_LSTM_RECORDS;
            pes_lstm_steps(lstm, scratch, &group, t, count, scratch->records, stride);
            carry(lstm, scratch, &group, tangents, t, count);
        }
        pes_lstm_store(lstm, scratch, &group);
    }
    return PES_OK;
}

// ---- adjoints -------------------------------------------------------------------------------

// The loss's part: of the decoder, and of h after the step.
static void loss_adjoint(const step *s, double weight, double *ah, double *atheta) {
    const pes_lstm_network *n = s->network;
    for (int64_t k = 0; k < n->characters && s->asked; k++) {
        const double slope = weight * s->loss_slope[k];
        const float *row = s->theta + n->decoder + k * n->hidden;
        double *arow = atheta + n->decoder + k * n->hidden;
        for (int64_t j = 0; j < n->hidden; j++) {
            arow[j] += slope * spoken(s, j);
            ah[j] += (double)row[j] * slope;
        }
        atheta[n->decoder_bias + k] += slope;
    }
}

// Of the gates' arguments, and of c before the step, from those of h and c after it.
static void cell_adjoint(const step *s, const double *ah, double *ac, double *az) {
    const int64_t hidden = s->network->hidden;
    for (int64_t j = 0; j < hidden; j++) {
        const double a = ac[j] + (double)s->out[j] * tanh_slope(s->squashed[j]) * ah[j];
        az[j] = sigmoid_slope(s->in[j]) * (double)s->candidate[j] * a;
        az[hidden + j] = sigmoid_slope(s->forget[j]) * (double)s->c[j] * a;
        az[2 * hidden + j] = tanh_slope(s->candidate[j]) * (double)s->in[j] * a;
        az[3 * hidden + j] = sigmoid_slope(s->out[j]) * (double)s->squashed[j] * ah[j];
        ac[j] = (double)s->forget[j] * a;
    }
}

// y += a x
static void add(int64_t count, double a, const float *x, double *y) {
    for (int64_t k = 0; k < count; k++) {
        y[k] += a * (double)x[k];
    }
}

// Of the weights, of the embedding, and of h before the step (written).
static void gate_adjoints(const step *s, const double *az, double *ah, double *atheta) {
    const pes_lstm_network *n = s->network;
    double *ainput = atheta + s->character * n->embedding;
    memset(ah, 0, (size_t)n->hidden * sizeof *ah);
    for (int64_t r = 0; r < PES_LSTM_GATES * n->hidden; r++) {
        const int64_t ih = n->weight_ih + r * n->embedding, hh = n->weight_hh + r * n->hidden;
        add(n->embedding, az[r], s->input, atheta + ih);
        add(n->hidden, az[r], s->h, atheta + hh);
        add(n->embedding, az[r], s->theta + ih, ainput);
        add(n->hidden, az[r], s->theta + hh, ah);
        atheta[n->bias_ih + r] += az[r];
        atheta[n->bias_hh + r] += az[r];
    }
}

// All steps of one particle, the last one first.
static void back(const pes_lstm *lstm, const pes_lstm_scratch *scratch, const pes_batch *batch,
                 const pes_adjoints *adjoints, int64_t particle) {
    const pes_lstm_network *network = &lstm->network;
    const int64_t params = network->num_params, hidden = network->hidden;
    const int64_t floats = pes_lstm_record_of(network).floats;
    const float *record = (const float *)adjoints->tape + particle * batch->steps * floats;
    double *ah = adjoints->state + particle * 2 * hidden, *ac = ah + hidden;
    double *atheta = adjoints->theta + particle * params;
    uint8_t character[PES_LSTM_PIECE], target[PES_LSTM_PIECE];
    for (int64_t t = batch->steps - 1; t >= 0; t--) {
        const int64_t within = t % PES_LSTM_PIECE;
        if (within == PES_LSTM_PIECE - 1 || t == batch->steps - 1) {
            pes_lstm_sequence_read(&lstm->sequence, &batch->stream[particle],
                                   batch->clock[particle] + t - within, within + 1, character,
                                   target);
        }
        const step s = recorded(lstm, scratch, batch->theta + particle * params,
                                record + t * floats, character[within], target[within]);
        loss_adjoint(&s, adjoints->weight[particle * batch->steps + t], ah, atheta);
        cell_adjoint(&s, ah, ac, scratch->gate_slope);
        gate_adjoints(&s, scratch->gate_slope, ah, atheta);
    }
}

pes_status pes_lstm_unroll_adjoints(void *user, void *worker, const pes_batch *batch,
                                    const pes_adjoints *adjoints) {
    const pes_lstm *lstm = user;
    const pes_lstm_scratch *scratch = worker;
    const int64_t stride = batch->steps * pes_lstm_record_of(&lstm->network).floats;
    for (int64_t i = 0; i < batch->count; i += scratch->lanes) {
        const pes_lstm_group group = pes_lstm_group_at(scratch, batch, i);
        pes_lstm_load(lstm, scratch, &group);
        pes_lstm_steps(lstm, scratch, &group, 0, batch->steps,
                       (float *)adjoints->tape + i * stride, stride);
        pes_lstm_store(lstm, scratch, &group);
        for (int64_t l = 0; l < group.count; l++) {
            back(lstm, scratch, batch, adjoints, i + l);
        }
    }
    return PES_OK;
}
