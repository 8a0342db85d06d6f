import type { LifecycleStage } from "./experiment.ts";

/** Which resources a search looks at. */
export type View = LifecycleStage | "ALL";

export const isInView = ({ stage }: { readonly stage: LifecycleStage }, view: View): boolean =>
  view === "ALL" || stage === view;
