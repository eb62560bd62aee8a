# The three products of one linear layer in a training step, and nothing else: see LayerProducts.

# Activations x (N, in), their gradient dy (N, out) and weights w (out, in), random, of a type.
def operands(self, like: Tensor, n: int, inner: int, outer: int, dtype: int) -> List[Tensor]:
  x = torch.randn([n, inner], dtype=dtype, device=like.device)
  dy = torch.randn([n, outer], dtype=dtype, device=like.device)
  w = torch.randn([outer, inner], dtype=dtype, device=like.device)
  return [x, dy, w]

# y = x·wᵀ, dx = dy·w, dw = dyᵀ·x, so many times; returns a number that waits for all of them.
def products(self, t: List[Tensor], times: int) -> Tensor:
  x, dy, w = t[0], t[1], t[2]
  last = x
  for i in range(times):
    y = torch.linear(x, w)
    dx = torch.matmul(dy, w)
    last = torch.matmul(torch.t(dy), x)
  return torch.to(torch.select(torch.select(last, 0, 0), 0, 0), 6)
