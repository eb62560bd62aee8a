# From float32 matrices to the pieces that a prepared network consists of (transformer.py), one matrix of the network at
# a time. Matrices come in lists t; gain is [gains of the norm before the matrix], or empty.

# A matrix of random numbers (rows, columns) of a type, normally distributed, on the device of `like`.
def random_matrix(self, like: Tensor, rows: int, columns: int, deviation: float, dtype: int) -> List[Tensor]:
  return [torch.mul_(torch.randn([rows, columns], dtype=dtype, device=like.device), deviation)]

# t[0] with a gain folded in.
def with_gain(self, t: Tensor, gain: List[Tensor]) -> Tensor:
  if torch.len(gain) == 1:
    t = t * gain[0]
  return t

# A table of which rows are read. Always copies, as everything here: t may borrow memory of the Java side.
def prepare_table(self, t: List[Tensor], dtype: int) -> List[Tensor]:
  return [torch.to(t[0], dtype, False, True)]

# The rotary tables of `length` positions, of a type, on the device of `like`.
def prepare_angles(self, like: Tensor, length: int, width: int, theta: float, dtype: int) -> List[Tensor]:
  out = annotate(List[Tensor], [])
  for table in self.rotary_tables(length, width, theta):
    _ = torch.append(out, torch.to(table, like.device, dtype))
  return out

# A matrix that is multiplied with. padded: with as many columns more as a padded matrix before it has rows more.
def prepare_product(self, t: List[Tensor], gain: List[Tensor], dtype: int, packed: bool, padded: bool) -> List[Tensor]:
  return self.prepare_matrix(self.padded(self.with_gain(t[0], gain), False, packed and padded), dtype, packed)

# A matrix whose first `rows` rows and whose other ones are products of their own.
def prepare_split(self, t: List[Tensor], gain: List[Tensor], rows: int, dtype: int) -> List[Tensor]:
  w = self.with_gain(t[0], gain)
  first, second = torch.slice(w, 0, 0, rows), torch.slice(w, 0, rows)
  return [torch.to(first, dtype, False, True), torch.to(second, dtype, False, True)]

# Two matrices of one shape, the first above the second: (2, rows, columns).
def prepare_pair(self, t: List[Tensor], u: List[Tensor], gain: List[Tensor], dtype: int) -> List[Tensor]:
  first, second = torch.to(self.with_gain(t[0], gain), dtype), torch.to(self.with_gain(u[0], gain), dtype)
  return [torch.stack([first, second])]
