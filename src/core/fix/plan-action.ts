// What every action file answers to the planner: it puts what it wants into the draft.
import type { Draft } from '../apply/draft.ts';
import type { Bdf, FixAction } from '../model.ts';

export type PlanAction<A extends FixAction> = (action: A, devices: readonly Bdf[], draft: Draft) => void;
