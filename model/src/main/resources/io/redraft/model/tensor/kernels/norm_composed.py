# Before PyTorch 2.9 its norm is five passes in float32; two passes of our own are faster.

# h / sqrt(mean(h²) + eps) over the last axis
def library_normed(self, h: Tensor, eps: float) -> Tensor:
  return self.normed(h, eps)
