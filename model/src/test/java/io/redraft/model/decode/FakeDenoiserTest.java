package io.redraft.model.decode;

/** The fake keeps the promises that the tests built on it rely on. */
class FakeDenoiserTest extends DenoiserContract {
  @Override
  Denoiser denoiser() {
    return new FakeDenoiser();
  }
}
