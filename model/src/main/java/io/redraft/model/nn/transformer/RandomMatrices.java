package io.redraft.model.nn.transformer;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TensorList;

/**
 * Normally distributed weights, made on the device in the type that it computes in.
 *
 * @param deviation their standard deviation
 */
record RandomMatrices(Kernels kernels, ComputeType type, double deviation)
    implements Preparation.Matrices {
  @Override
  public TensorList read(DeviceScope scope, long rows, long columns, String... names) {
    return kernels
        .call("random_matrix", scope)
        .tensor(scope.zeros(1))
        .integer(rows)
        .integer(columns)
        .number(deviation)
        .integer(type.scalarType())
        .runList();
  }

  @Override
  public boolean gains() {
    return false;
  }
}
