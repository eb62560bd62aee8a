"""The peer of `redraft bench kernels --canvases`: the same denoising pass in PyTorch, eager and with torch.compile.

    python3 llada_step.py --shape 32x4096x32x12288x126464 --canvases 1x512,4x512,16x512 --rows 32 --json peer.json

The network is a LLaDA-shaped Transformer of random bfloat16 weights made on the GPU: RMSNorm, rotary positions, SwiGLU,
bidirectional attention (scaled_dot_product_attention), one product for queries, keys and values, an untied head that is
computed at the asked rows only. What comes of a row is what Redraft reports: a token, its confidence and the entropy.
`greedy` takes the most probable token, `drawn` the Gumbel-max of the logits at temperature 1.

Times are of CUDA events around a pass with its copy of token ids to the GPU and of the results back, as a server needs
them: medians over --rounds. Memory is the allocator's peak (max_memory_allocated, max_memory_reserved) from the first
measured pass of a shape and mode on.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument('--shape', default='32x4096x32x12288x126464', help='LAYERSxWIDTHxHEADSxFEEDFORWARDxVOCABULARY')
parser.add_argument('--canvases', default='1x512,4x512,16x512', help='BxT, …')
parser.add_argument('--rows', type=int, default=32)
parser.add_argument('--rounds', type=int, default=20)
parser.add_argument('--modes', default='eager,default', help='eager, default, reduce-overhead, max-autotune-no-cudagraphs')
parser.add_argument('--kinds', default='greedy,drawn')
parser.add_argument('--seconds', type=float, default=240, help='no shape and mode is begun after so many')
parser.add_argument('--json')
args = parser.parse_args()
BEGAN = time.time()
L, D, H, FF, V = map(int, args.shape.split('x'))
E = D // H
DEVICE = torch.device('cuda')


class Network(torch.nn.Module):
    def __init__(self, context):
        super().__init__()

        def matrix(rows, columns):
            return torch.nn.Parameter(torch.randn(rows, columns, device=DEVICE, dtype=torch.bfloat16).mul_(0.02), False)

        def gain():
            return torch.nn.Parameter(torch.ones(D, device=DEVICE, dtype=torch.bfloat16), False)

        self.embedding, self.head, self.final = matrix(V, D), matrix(V, D), gain()
        names = ['qkv', 'out', 'gate', 'up', 'down']
        shapes = [(3 * D, D), (D, D), (FF, D), (FF, D), (D, FF)]
        for name, shape in zip(names, shapes):
            setattr(self, name, torch.nn.ParameterList([matrix(*shape) for _ in range(L)]))
        self.first = torch.nn.ParameterList([gain() for _ in range(L)])
        self.second = torch.nn.ParameterList([gain() for _ in range(L)])
        frequency = 500000.0 ** (-torch.arange(0, E, 2, dtype=torch.float64) / E)
        angle = torch.arange(context, dtype=torch.float64)[:, None] * frequency
        self.register_buffer('cos', torch.cat([angle.cos()] * 2, -1).to(DEVICE, torch.bfloat16))
        self.register_buffer('sin', torch.cat([angle.sin()] * 2, -1).to(DEVICE, torch.bfloat16))

    def rotate(self, x):  # (B, H, T, E)
        T = x.shape[2]
        a, b = x.chunk(2, -1)
        return x * self.cos[:T] + torch.cat([-b, a], -1) * self.sin[:T]

    def forward(self, ids, rows, drawn: bool):
        B, T = ids.shape
        h = F.embedding(ids, self.embedding)
        for i in range(L):
            x = F.rms_norm(h, (D,), self.first[i], 1e-5)
            q, k, v = F.linear(x, self.qkv[i]).view(B, T, 3, H, E).permute(2, 0, 3, 1, 4).unbind(0)
            a = F.scaled_dot_product_attention(self.rotate(q), self.rotate(k), v)
            h = h + F.linear(a.transpose(1, 2).reshape(B, T, D), self.out[i])
            x = F.rms_norm(h, (D,), self.second[i], 1e-5)
            h = h + F.linear(F.silu(F.linear(x, self.gate[i])) * F.linear(x, self.up[i]), self.down[i])
        x = F.rms_norm(h.view(-1, D)[rows], (D,), self.final, 1e-5)
        z = F.linear(x, self.head).float()  # (R, V)
        z[:, V - 1] = -1e30
        p = torch.softmax(z, -1)
        if drawn:
            token = torch.argmax(p / torch.empty_like(p).exponential_(), -1, True)
        else:
            token = torch.argmax(z, -1, True)
        entropy = -(p * torch.log(p.clamp_min(1e-38))).sum(-1)
        return torch.stack([token[:, 0].float(), p.gather(1, token)[:, 0], entropy])


def milliseconds(work):
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    work()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end)


def measure(network, run, canvases, length, drawn):
    ids = torch.randint(0, V - 1, (canvases, length))
    ids[:, :args.rows] = V - 1
    rows = (torch.arange(canvases)[:, None] * length + torch.arange(args.rows)).view(-1)

    def one():
        with torch.inference_mode():
            return run(ids.to(DEVICE), rows.to(DEVICE), drawn).cpu()

    began = time.time()
    one()
    compiled = time.time() - began
    for _ in range(5):
        one()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    times = [milliseconds(one) for _ in range(args.rounds)]
    return {
        'median': statistics.median(times), 'min': min(times), 'max': max(times), 'first pass, s': compiled,
        'allocated, GiB': torch.cuda.max_memory_allocated() / 2**30,
        'reserved, GiB': torch.cuda.max_memory_reserved() / 2**30,
        'values': times,
    }


def main():
    torch.manual_seed(1)
    shapes = [tuple(map(int, text.split('x'))) for text in args.canvases.split(',')]
    network = Network(max(length for _, length in shapes))
    print(f'PyTorch {torch.__version__}, {torch.cuda.get_device_name()}, '
          f'{sum(p.numel() for p in network.parameters()):,} parameters', flush=True)
    results = {}
    for kind in args.kinds.split(','):
        for mode in args.modes.split(','):
            for canvases, length in shapes:
                name = f'{canvases}x{length}, {mode}, {kind}'
                if time.time() - BEGAN > args.seconds:
                    print(f'{name}: no time left', flush=True)
                    continue
                try:
                    torch._dynamo.reset()
                    torch.cuda.empty_cache()
                    run = network if mode == 'eager' else torch.compile(network, mode=mode, dynamic=False)
                    r = measure(network, run, canvases, length, kind == 'drawn')
                except Exception as e:  # the next shape may work
                    print(f'{name}: {type(e).__name__}: {str(e)[:300]}', flush=True)
                    continue
                results[name] = r
                print(f"{name}: median {r['median']:.2f} ms, min {r['min']:.2f}, max {r['max']:.2f}; first pass "
                      f"{r['first pass, s']:.1f} s; allocated {r['allocated, GiB']:.2f} GiB, reserved "
                      f"{r['reserved, GiB']:.2f}", flush=True)
    if args.json:
        with open(args.json, 'w') as f:
            json.dump({'torch': torch.__version__, 'device': torch.cuda.get_device_name(), 'passes': results}, f, indent=1)


main()
