# Conversions between float32, 16-bit formats and raw bytes. Types are PyTorch's ScalarType numbers.

def to_half(self, xs: List[Tensor], dtype: int) -> Tensor:
  return torch.to(xs[0], dtype)

def to_float32(self, xs: List[Tensor]) -> Tensor:
  return torch.to(xs[0], 6)

# bytes: uint8, 2·n of them for n values, little-endian; copied, never borrowed
def view_half(self, bytes: Tensor, dtype: int, shape: List[int]) -> Tensor:
  return torch.reshape(torch.view_copy(bytes, dtype=dtype), shape)

# Copies values into a tensor of the same shape that others hold.
def overwrite(self, target: Tensor, source: Tensor) -> Tensor:
  return torch.copy_(target, source)
