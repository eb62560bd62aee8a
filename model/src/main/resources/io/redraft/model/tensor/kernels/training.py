# What training kernels share: aliases of parameters that record gradients, and the gradients.

# Turns gradients on and returns aliases of p that a loss can be differentiated by.
def trainable(self, p: List[Tensor]) -> List[Tensor]:
  torch.set_grad_enabled(True)
  q = annotate(List[Tensor], [])
  for t in p:
    _ = torch.append(q, torch.requires_grad_(torch.detach(t), True))
  return q

# Gradients of a loss by each of q, and zeros by those that it does not depend on; turns gradients off.
def gradients(self, loss: Tensor, q: List[Tensor]) -> List[Tensor]:
  optional = torch.grad([loss], q, allow_unused=True)
  torch.set_grad_enabled(False)
  g = annotate(List[Tensor], [])
  for i in range(torch.len(q)):
    x = optional[i]
    if torch.__isnot__(x, None):
      _ = torch.append(g, unchecked_cast(Tensor, x))
    else:
      _ = torch.append(g, torch.zeros_like(q[i]))
  return g
