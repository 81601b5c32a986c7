// Advancing particles.
//
// With x the embedding of the character read, and the gates' rows in the order of theta,
//
//     i, f, o = sigmoid(W_ih x + b_ih + W_hh h + b_hh),    g = tanh(likewise)
//     c <- f c + i g,    h <- o tanh(c)
//     loss = -log softmax(decoder h + decoder_bias)[character to be said]
//
// (Hochreiter and Schmidhuber 1997; with a forget gate, Gers et al. 2000). Every particle has
// weights of its own, so a step is a few small matrix-vector products, which no matrix product
// can speed up. Instead a group of particles is advanced side by side, one in each lane of a
// vector. Its weights are brought into lanes once a call.

#include <string.h>

#include "problems/nn/lstm/lstm.h"

pes_status pes_lstm_init(void *user, void *worker, const pes_batch *batch) {
    const pes_lstm *lstm = user;
    const pes_lstm_sequence *sequence = &lstm->sequence;
    (void)worker;
    PES_PROBLEM_REQUIRE(!sequence->task->uses_text || sequence->text.character != NULL,
                        PES_E_CALL_ORDER,
                        "the problem was opened for its sizes only; open it with its data");
    const int64_t floats = batch->count * 2 * lstm->network.hidden;
    memset(batch->state, 0, (size_t)floats * sizeof(float));
    return PES_OK;
}

// A group's own part of an array of the batch.
static float *state_of(const pes_lstm *lstm, const pes_lstm_group *group) {
    return (float *)group->batch->state + group->first * 2 * lstm->network.hidden;
}

static const float *theta_of(const pes_lstm *lstm, const pes_lstm_group *group) {
    return group->batch->theta + group->first * lstm->network.num_params;
}

void pes_lstm_load(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                   const pes_lstm_group *group) {
    const pes_lstm_network *network = &lstm->network;
    const int64_t lanes = scratch->lanes, embeddings = network->weight_ih;
    const float *theta = theta_of(lstm, group);
    lstm->kernels->lanes_gather(lanes, group->count, network->num_params - embeddings,
                                theta + embeddings, network->num_params, scratch->weights);
    lstm->kernels->lanes_gather(lanes, group->count, 2 * network->hidden, state_of(lstm, group),
                                2 * network->hidden, scratch->state);
    const float *bias_ih = scratch->weights + (network->bias_ih - embeddings) * lanes;
    const float *bias_hh = scratch->weights + (network->bias_hh - embeddings) * lanes;
    for (int64_t i = 0; i < PES_LSTM_GATES * network->hidden * lanes; i++) {
        scratch->bias[i] = bias_ih[i] + bias_hh[i];
    }
}

// `count` numbers of the first `particles` lanes, `stride` floats from particle to particle.
static void spread(const pes_lstm_scratch *scratch, int64_t particles, int64_t count,
                   const float *lanes, float *out, int64_t stride) {
    for (int64_t l = 0; l < particles; l++) {
        for (int64_t i = 0; i < count; i++) {
            out[l * stride + i] = lanes[i * scratch->lanes + l];
        }
    }
}

void pes_lstm_store(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                    const pes_lstm_group *group) {
    const int64_t floats = 2 * lstm->network.hidden;
    spread(scratch, group->count, floats, scratch->state, state_of(lstm, group), floats);
}

// The halves of a pair do.
static bool reads_alike(const pes_batch *batch, int64_t i, int64_t j) {
    const pes_stream *a = &batch->stream[i], *b = &batch->stream[j];
    return a->seed == b->seed && a->particle == b->particle && a->episode == b->episode &&
           batch->clock[i] == batch->clock[j];
}

// The characters of steps `first`.. of the batch, at most PES_LSTM_PIECE.
static void read(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                 const pes_lstm_group *group, int64_t first, int64_t count) {
    const pes_batch *batch = group->batch;
    uint8_t input[PES_LSTM_PIECE], target[PES_LSTM_PIECE];
    for (int64_t l = 0; l < group->count; l++) {
        const int64_t particle = group->first + l;
        if (l == 0 || !reads_alike(batch, particle - 1, particle)) {
            pes_lstm_sequence_read(&lstm->sequence, &batch->stream[particle],
                                   batch->clock[particle] + first, count, input, target);
        }
        for (int64_t t = 0; t < count; t++) {
            scratch->read[t * scratch->lanes + l] = input[t];
            scratch->target[t * scratch->lanes + l] = target[t];
        }
    }
}

static void embed(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                  const pes_lstm_group *group, const uint8_t *character) {
    const pes_lstm_network *network = &lstm->network;
    const float *theta = theta_of(lstm, group);
    for (int64_t l = 0; l < group->count; l++) {
        const float *row = theta + l * network->num_params + character[l] * network->embedding;
        for (int64_t e = 0; e < network->embedding; e++) {
            scratch->input[e * scratch->lanes + l] = row[e];
        }
    }
}

// Gates, then c and h.
static void cell(const pes_lstm *lstm, const pes_lstm_scratch *scratch) {
    const pes_lstm_network *network = &lstm->network;
    const pes_kernels *kernels = lstm->kernels;
    const int64_t lanes = scratch->lanes, hidden = network->hidden, n = hidden * lanes;
    const float *weight_hh =
        scratch->weights + (network->weight_hh - network->weight_ih) * lanes;
    float *h = scratch->state, *c = h + n;
    float *in = scratch->gates, *forget = in + n, *candidate = in + 2 * n, *out = in + 3 * n;
    kernels->lanes_product(lanes, PES_LSTM_GATES * hidden, network->embedding, scratch->weights,
                           scratch->input, scratch->bias, in);
    kernels->lanes_product(lanes, PES_LSTM_GATES * hidden, hidden, weight_hh, h, in, in);
    kernels->sigmoid(2 * n, in, in); // in and forget
    kernels->tanh(n, candidate, candidate);
    kernels->sigmoid(n, out, out);
    for (int64_t i = 0; i < n; i++) {
        c[i] = forget[i] * c[i] + in[i] * candidate[i];
    }
    kernels->tanh(n, c, scratch->squashed);
    for (int64_t i = 0; i < n; i++) {
        h[i] = out[i] * scratch->squashed[i];
    }
}

// The losses of a step that ended with h, `stride` apart. Where nothing is asked of any lane,
// nothing is computed.
static void judge(const pes_lstm *lstm, const pes_lstm_scratch *scratch, int64_t count,
                  const float *h, const uint8_t *target, int64_t stride, double *loss) {
    const pes_lstm_network *network = &lstm->network;
    const int64_t lanes = scratch->lanes;
    const float *decoder = scratch->weights + (network->decoder - network->weight_ih) * lanes;
    const float *bias = scratch->weights + (network->decoder_bias - network->weight_ih) * lanes;
    bool asked = false;
    for (int64_t l = 0; l < count; l++) {
        const bool here = target[l] != PES_LSTM_NO_TARGET;
        scratch->label[l] = here ? target[l] : 0;
        asked = asked || here;
    }
    if (asked) {
        lstm->kernels->lanes_product(lanes, network->characters, network->hidden, decoder, h,
                                     bias, scratch->logits);
        lstm->objective->judge(lstm->kernels, lanes, network->characters, scratch->logits,
                               scratch->label, scratch->loss);
    }
    for (int64_t l = 0; l < count; l++) {
        loss[l * stride] = target[l] != PES_LSTM_NO_TARGET ? scratch->loss[l] : 0.0;
    }
}

// One step but for its losses; its character is at number `within` of what was read last.
static void advance(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                    const pes_lstm_group *group, int64_t within, float *record,
                    int64_t stride) {
    const pes_lstm_record at = pes_lstm_record_of(&lstm->network);
    const int64_t count = group->count, hidden = lstm->network.hidden;
    if (record != NULL) {
        spread(scratch, count, 2 * hidden, scratch->state, record, stride);
    }
    embed(lstm, scratch, group, scratch->read + within * scratch->lanes);
    cell(lstm, scratch);
    if (record != NULL) {
        spread(scratch, count, PES_LSTM_GATES * hidden, scratch->gates, record + at.gates,
               stride);
        spread(scratch, count, hidden, scratch->squashed, record + at.squashed, stride);
    }
}

// Steps first..first + count - 1 of a call, at most PES_LSTM_RUN, the first one's character at
// number `within`. Their losses come after all of them: the weights of either half then stay in
// the first-level cache, which does not hold both.
static void run(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                const pes_lstm_group *group, int64_t within, int64_t count, double *loss,
                float *records, int64_t stride) {
    const pes_lstm_network *network = &lstm->network;
    const pes_lstm_record at = pes_lstm_record_of(network);
    const int64_t lanes = scratch->lanes, floats = network->hidden * lanes;
    for (int64_t t = 0; t < count; t++) {
        advance(lstm, scratch, group, within + t,
                records != NULL ? records + t * at.floats : NULL, stride);
        memcpy(scratch->outputs + t * floats, scratch->state, (size_t)floats * sizeof(float));
    }
    for (int64_t t = 0; t < count; t++) {
        judge(lstm, scratch, group->count, scratch->outputs + t * floats,
              scratch->target + (within + t) * lanes, group->batch->steps, loss + t);
        if (records != NULL) {
            spread(scratch, group->count, network->characters, scratch->logits,
                   records + t * at.floats + at.logits, stride);
        }
    }
}

void pes_lstm_steps(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                    const pes_lstm_group *group, int64_t first, int64_t count, float *records,
                    int64_t stride) {
    const int64_t floats = pes_lstm_record_of(&lstm->network).floats;
    double *loss = group->batch->loss + group->first * group->batch->steps + first;
    for (int64_t t = 0; t < count; t += PES_LSTM_RUN) {
        const int64_t within = t % PES_LSTM_PIECE, left = count - t;
        if (within == 0) {
            read(lstm, scratch, group, first + t,
                 left < PES_LSTM_PIECE ? left : PES_LSTM_PIECE);
        }
        run(lstm, scratch, group, within, left < PES_LSTM_RUN ? left : PES_LSTM_RUN, loss + t,
            records != NULL ? records + t * floats : NULL, stride);
    }
}

pes_lstm_group pes_lstm_group_at(const pes_lstm_scratch *scratch, const pes_batch *batch,
                                 int64_t first) {
    const int64_t left = batch->count - first;
    return (pes_lstm_group){
        .batch = batch, .first = first, .count = left < scratch->lanes ? left : scratch->lanes};
}

pes_status pes_lstm_unroll(void *user, void *worker, const pes_batch *batch) {
    const pes_lstm_scratch *scratch = worker;
    for (int64_t i = 0; i < batch->count; i += scratch->lanes) {
        const pes_lstm_group group = pes_lstm_group_at(scratch, batch, i);
        pes_lstm_load(user, scratch, &group);
        pes_lstm_steps(user, scratch, &group, 0, batch->steps, NULL, 0);
        pes_lstm_store(user, scratch, &group);
    }
    return PES_OK;
}
