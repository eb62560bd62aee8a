# Denoising steps over whole canvases. Shapes as in transformer.py; A positions that are asked about.
# asked, int64 (A): b·T + place of each, in the order of canvases. The rows of line, and guides, are indices into asked:
# sampling has an order of its own, and its runs end with copies.

# One step over canvases ids (B, T): candidates for rows. guides, int64 (G): where the last G rows stand on canvases
# whose prompt is hidden.
def denoise(self, w: List[List[Tensor]], ids: Tensor, asked: Tensor, line: Tensor, real: Tensor, guides: Tensor, runs: List[int], limits: List[int], shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  return self.denoise_keeping(w, annotate(List[int], []), annotate(List[List[Tensor]], []), ids, asked, line, real, guides, runs, limits, shape, eps, span, mask, packed)

# The same, filling caches (block_cache.py): canvas kept[i] the i-th. Other canvases of the batch may be guided.
def denoise_keeping(self, w: List[List[Tensor]], kept: List[int], caches: List[List[Tensor]], ids: Tensor, asked: Tensor, line: Tensor, real: Tensor, guides: Tensor, runs: List[int], limits: List[int], shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  rows = torch.cat([torch.select(line, 0, 0), guides])
  if packed:
    time = self.time_signals(w, ids, shape, mask, packed)
    h = self.asked_trunk(w, ids, asked, kept, caches, time, shape, eps, span, packed)
    x = self.rows_of(h, rows, rows, self.time_at(time, asked, torch.size(ids, 1)), eps)
  else:
    s = self.stream(w, kept, caches, ids, shape, eps, span, mask, packed)
    x = self.stream_rows(s, torch.index_select(asked, 0, rows), eps, packed)
  return self.candidates(w, x, line, real, runs, limits, mask, packed)

# The same for canvases whose stream s is there, as whole_stream gives it.
def denoise_stream(self, w: List[List[Tensor]], s: List[Tensor], asked: Tensor, line: Tensor, real: Tensor, guides: Tensor, runs: List[int], limits: List[int], shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  rows = torch.index_select(asked, 0, torch.cat([torch.select(line, 0, 0), guides]))
  x = self.stream_rows(s, rows, eps, packed)
  return self.candidates(w, x, line, real, runs, limits, mask, packed)
