# The matrix products of one linear layer in a training step, and nothing else.

# Activations x (N, in), their gradient dy (N, out) and weights w (out, in), random, of a type.
def operands(self, like: Tensor, n: int, inner: int, outer: int, dtype: int) -> List[Tensor]:
  x = torch.randn([n, inner], dtype=dtype, device=like.device)
  dy = torch.randn([n, outer], dtype=dtype, device=like.device)
  w = torch.randn([outer, inner], dtype=dtype, device=like.device)
  return [x, dy, w]

# y = x·wᵀ, dx = dy·w, dw = dyᵀ·x
def products(self, t: List[Tensor]) -> List[Tensor]:
  x, dy, w = t[0], t[1], t[2]
  return [torch.linear(x, w), torch.matmul(dy, w), torch.matmul(torch.t(dy), x)]

# Waits for the device.
def settle(self, t: List[Tensor]) -> Tensor:
  return torch.to(torch.sum(torch.slice(t[0], 0, 0, 1)), 6)
