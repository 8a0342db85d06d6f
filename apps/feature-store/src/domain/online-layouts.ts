import type { BoundService } from "./feature-service.ts";
import { type OnlineLayout, onlineLayout } from "./online-layout.ts";

/** The layouts that feature services read: what is pushed to a source goes online in these. */
export interface OnlineLayouts {
  /** Takes part from now on, as long as the process lives. */
  add(service: BoundService): void;
  of(project: string, source: string): readonly OnlineLayout[];
  all(): readonly OnlineLayout[];
}

export function onlineLayouts(): OnlineLayouts {
  const layouts = new Map<string, OnlineLayout>();
  return {
    add({ views }) {
      for (const { view } of views) {
        const layout = onlineLayout(view);
        layouts.set(layout.id, layout);
      }
    },
    of: (project, source) => [...layouts.values()].filter((it) => it.project === project && it.source === source),
    all: () => [...layouts.values()],
  };
}
