// A learned optimizer as a torch.optim.Optimizer in one Python file that needs PyTorch only:
// theta is written into it, and what the rule does in PyTorch's words.

#include "problems/lopt/program.h"
#include "problems/lopt/program_text.h"

static const char head[] =
    "\"\"\"An optimizer for PyTorch: %WHERE%.\n"
    "\n"
    "Written by pes export. It is used as any optimizer of torch.optim; all it can be given is "
    "lr,\n"
    "a factor on its steps, which is 1 as it was trained, and which schedulers may change:\n"
    "\n"
    "    optimizer = LearnedOptimizer(model.parameters())\n"
    "    for inputs, targets in minibatches:\n"
    "        optimizer.zero_grad()\n"
    "        loss_of(model(inputs), targets).backward()\n"
    "        optimizer.step()\n"
    "\n"
    "Architecture %NAME%: %SUMMARY%.\n"
    "\"\"\"\n"
    "\n"
    "import torch\n"
    "\n";

// ---- rules with a network -------------------------------------------------------------------

static const char network[] =
    "\n"
    "TAU = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000)\n"
    "\n"
    "\n"
    "def to_matrix(x):\n"
    "    \"\"\"Inputs x outputs of a layer; a vector has one row.\"\"\"\n"
    "    return x.reshape(x.shape[0], -1).T if x.dim() > 1 else x.reshape(1, -1)\n"
    "\n"
    "\n"
    "def from_matrix(x, shape):\n"
    "    return x.T.reshape(shape) if len(shape) > 1 else x.reshape(shape)\n"
    "\n"
    "\n"
    "def network(x, step, theta):\n"
    "    \"\"\"Direction and magnitude for every column of features x.\"\"\"\n"
    "    times = torch.tanh(step / x.new_tensor(TAU) - 1)\n"
    "    w = theta[\"w0\"]\n"
    "    x = w[:len(x)].T @ x + (theta[\"b0\"] + times @ w[len(x):])[:, None]\n"
    "    for layer in range(1, LAYERS):\n"
    "        x = theta[f\"w{layer}\"].T @ torch.relu(x) + theta[f\"b{layer}\"][:, None]\n"
    "    return x\n"
    "\n"
    "\n";

static const char mlp[] =
    "DECAYS = (0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)\n"
    "\n"
    "\n"
    "def new_memory(g):\n"
    "    return {\"momenta\": g.new_zeros(len(DECAYS), *g.shape)}\n"
    "\n"
    "\n"
    "def features(w, g, memory, theta):\n"
    "    keep = g.new_tensor(DECAYS)[:, None, None]\n"
    "    add = g.new_tensor([1 - decay for decay in DECAYS])[:, None, None]\n"
    "    memory[\"momenta\"].mul_(keep).add_(add * g)\n"
    "    return torch.cat([g[None], w[None], memory[\"momenta\"]])\n"
    "\n"
    "\n";

static const char factored[] =
    "def new_memory(g):\n"
    "    rows, columns = g.shape\n"
    "    sizes = {\"momenta\": (3, rows, columns), \"square\": (1, rows, columns)}\n"
    "    if rows == 1:\n"
    "        sizes[\"vector\"] = (3, 1, columns)\n"
    "    else:\n"
    "        sizes[\"row\"], sizes[\"column\"] = (3, rows, 1), (3, 1, columns)\n"
    "    return {name: g.new_zeros(size) for name, size in sizes.items()}\n"
    "\n"
    "\n"
    "def features(w, g, memory, theta):\n"
    "    def running_mean(name, x, decays, first, most=torch.inf):\n"
    "        add = g.new_tensor(first) * torch.exp(10 * theta[decays])\n"
    "        add = add.clamp(max=most)[:, None, None]\n"
    "        return memory[name].mul_(1 - add).add_(add * x)\n"
    "\n"
    "    def factored_mean(name, x):\n"
    "        return running_mean(name, x, \"factored_decays\", (0.1, 0.01, 0.001), 1)\n"
    "\n"
    "    def safe_rsqrt(x):\n"
    "        return x.clamp(min=1e-9).rsqrt()\n"
    "\n"
    "    m = running_mean(\"momenta\", g, \"momentum_decays\", (0.1, 0.01, 0.001))\n"
    "    s = running_mean(\"square\", g.square(), \"square_decays\", (0.001,), 1)\n"
    "    squares = g.square() + 1e-30\n"
    "    rows, columns = g.shape\n"
    "    if rows == 1:\n"
    "        v_row = v_col = factored_mean(\"vector\", squares)\n"
    "        beside_g, beside_m = safe_rsqrt(v_row + 1e-9), (v_row + 1e-6).rsqrt()\n"
    "    else:\n"
    "        v_row = factored_mean(\"row\", squares.mean(1, keepdim=True))\n"
    "        v_col = factored_mean(\"column\", squares.mean(0, keepdim=True))\n"
    "        if rows > columns:  # v_row is the one of the shorter side\n"
    "            v_row, v_col = v_col, v_row\n"
    "        scale = v_row.mean((1, 2), keepdim=True) + 1e-9\n"
    "        beside_g = beside_m = safe_rsqrt(v_row / scale) * safe_rsqrt(v_col)\n"
    "    root = (s + 1e-6).rsqrt()\n"
    "    parts = [g[None], w[None], m, s, m * root, root, g * beside_g, v_row, v_col,\n"
    "             (v_row + 1e-8).rsqrt(), (v_col + 1e-8).rsqrt(), m * beside_m]\n"
    "    return torch.cat([part.expand(-1, rows, columns) for part in parts])\n"
    "\n"
    "\n";

// theta on other devices belongs to the module: an optimizer that is copied or pickled keeps
// its groups and states only.
static const char optimizer[] =
    "ON_DEVICE = {}\n"
    "\n"
    "\n"
    "def theta_on(device):\n"
    "    if device not in ON_DEVICE:\n"
    "        ON_DEVICE[device] = {name: x.to(device) for name, x in THETA.items()}\n"
    "    return ON_DEVICE[device]\n"
    "\n"
    "\n"
    "class LearnedOptimizer(torch.optim.Optimizer):\n"
    "    def __init__(self, params, lr=1.0):\n"
    "        if not lr >= 0:\n"
    "            raise ValueError(f\"lr is a factor of at least 0, not {lr}\")\n"
    "        super().__init__(params, {\"lr\": lr})\n"
    "\n"
    "    def load_state_dict(self, state_dict):\n"
    "        super().load_state_dict(state_dict)\n"
    "        # which has rounded the memory to the parameters' types: here it stays float32\n"
    "        saved = [i for group in state_dict[\"param_groups\"] for i in group[\"params\"]]\n"
    "        own = [p for group in self.param_groups for p in group[\"params\"]]\n"
    "        for i, p in zip(saved, own):\n"
    "            for name, x in state_dict[\"state\"].get(i, {}).items():\n"
    "                if torch.is_tensor(x):\n"
    "                    self.state[p][name] = x.to(p.device, copy=True)\n"
    "\n"
    "    @torch.no_grad()\n"
    "    def step(self, closure=None):\n"
    "        loss = None\n"
    "        if closure is not None:\n"
    "            with torch.enable_grad():\n"
    "                loss = closure()\n"
    "        for group in self.param_groups:\n"
    "            for p in group[\"params\"]:\n"
    "                if p.grad is not None and p.numel() > 0:\n"
    "                    self.update(p, self.state[p], group[\"lr\"])\n"
    "        return loss\n"
    "\n"
    "    def update(self, p, state, lr):\n"
    "        theta = theta_on(p.device)\n"
    "        w, g = to_matrix(p.float()), to_matrix(p.grad.float())\n"
    "        if len(state) == 0:\n"
    "            state.update(step=0, **new_memory(g))\n"
    "        x = features(w, g, state, theta).flatten(1)\n"
    "        x = x * torch.rsqrt(1e-5 + x.square().mean(1, keepdim=True))\n"
    "        direction, magnitude = network(x, state[\"step\"], theta)\n"
    "        change = lr * (0.001 * direction * torch.exp(0.001 * magnitude))\n"
    "        p.sub_(from_matrix(change.reshape(w.shape), p.shape).to(p.dtype))\n"
    "        state[\"step\"] += 1\n";

static const pes_lopt_fragment features[] = {
    {&pes_lopt_mlp, mlp}, {&pes_lopt_factored, factored}, {NULL, NULL}};

static void print_theta(FILE *out, const pes_lopt_shape *shape, const float *theta) {
    pes_lopt_block block;
    fputs("THETA = {\n", out);
    for (int64_t i = 0; pes_lopt_block_of(shape, i, &block); i++) {
        fprintf(out, "    \"%s\": torch.tensor([\n", block.name);
        pes_lopt_print_numbers(out, block.count, theta + block.offset, 8, "");
        fprintf(out, "\n    ], dtype=torch.float32)");
        if (block.rank == 2) {
            fprintf(out, ".reshape(%lld, %lld)", (long long)block.shape[0],
                    (long long)block.shape[1]);
        }
        fputs(",\n", out);
    }
    fprintf(out, "}\nLAYERS = %lld\n", (long long)shape->hidden.count + 1);
}

// ---- hand-made rules ------------------------------------------------------------------------

// The class whose settings they are; the settings take the numbers of theta in their order.
typedef struct spelling {
    const pes_lopt_rule *rule;
    const char *base, *settings;
} spelling;

static const spelling spellings[] = {
    {&pes_lopt_sgd, "SGD", "lr=lr * %.9g"},
    {&pes_lopt_momentum, "SGD", "lr=lr * %.9g, momentum=%.9g"},
    {&pes_lopt_adam, "Adam", "lr=lr * %.9g, betas=(%.9g, %.9g), eps=%.9g"},
    {&pes_lopt_adamw, "AdamW", "lr=lr * %.9g, betas=(%.9g, %.9g), eps=%.9g, weight_decay=%.9g"},
};

static void print_hand_made(FILE *out, const pes_lopt_shape *shape, const float *theta) {
    double value[5] = {0.0};
    for (int64_t i = 0; i < pes_lopt_num_params(shape); i++) {
        value[i] = pes_lopt_printable(shape->rule->natural(shape, i, (double)theta[i]));
    }
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        if (spellings[i].rule == shape->rule) {
            fprintf(out,
                    "\n"
                    "class LearnedOptimizer(torch.optim.%s):\n"
                    "    def __init__(self, params, lr=1.0):\n"
                    "        super().__init__(params, ",
                    spellings[i].base);
            fprintf(out, spellings[i].settings, value[0], value[1], value[2], value[3],
                    value[4]);
            fputs(")\n", out);
        }
    }
}

// ---- the whole ------------------------------------------------------------------------------

static void print(FILE *out, const pes_lopt_shape *shape, const float *theta,
                  const char *where) {
    pes_lopt_print_filled(out, head, shape, where);
    if (shape->hidden.count == 0) {
        print_hand_made(out, shape, theta);
        return;
    }
    print_theta(out, shape, theta);
    fputs(network, out);
    pes_lopt_print_fragments(out, features, shape->rule);
    fputs(optimizer, out);
}

char *pes_lopt_write_pytorch(const pes_lopt_shape *shape, const float *theta,
                             const char *where) {
    return pes_lopt_print_program(print, shape, theta, where);
}
