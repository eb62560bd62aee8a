/**
 * Noise: how much of a text is masked at a time t, which samples a step sees, and which of their
 * tokens are hidden. Start at {@link io.redraft.model.noise.NoiseSchedule}. Everything here is a
 * pure function of seeds and counters, so that a run that resumes sees what it would have seen.
 */
package io.redraft.model.noise;
