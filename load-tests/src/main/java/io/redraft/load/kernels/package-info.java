/**
 * What kernels gain over the same network composed of array calls, and 16 bits over 32. Start at
 * {@link io.redraft.load.kernels.KernelsCommand}. All variants run in turn within one process.
 */
package io.redraft.load.kernels;
