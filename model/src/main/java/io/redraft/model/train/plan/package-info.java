/**
 * What a layer-wise run will need before it begins: memory, disk and time of every stage. Start at
 * {@link io.redraft.model.train.plan.RunPlan}. Nothing here holds a weight, so that networks of any
 * size can be planned on any machine.
 */
package io.redraft.model.train.plan;
