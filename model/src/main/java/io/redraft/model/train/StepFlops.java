package io.redraft.model.train;

/** Floating-point operations of training steps. */
@FunctionalInterface
public interface StepFlops {
  /** Operations for so many places that are computed and rows that are asked about. */
  double of(long places, long rows);
}
