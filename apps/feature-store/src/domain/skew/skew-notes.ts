import type { Define } from "../define.ts";
import type { BoundService } from "../feature-service.ts";
import type { ServedPredictions } from "../served/serving-log.ts";

/** What notes are made of. */
export interface Noted {
  readonly predictions: ServedPredictions;
  readonly joined: BoundService;
  readonly served: BoundService;
}

/** What should be known of the whole comparison, in words. */
export async function skewNotes(
  { define }: { readonly define: Pick<Define, "view"> },
  { predictions, joined, served }: Noted,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { view } of joined.views) {
    const newest = await define.view(view.project, view.id, 0);
    if (newest.version !== view.version)
      notes.push(`View ${view.id} is joined at version ${view.version}; its current version is ${newest.version}.`);
  }
  if (joined.service.version !== served.service.version)
    notes.push(
      `Version ${served.service.version} of ${served.service.id} was served, and version ${joined.service.version} is joined.`,
    );
  const { withoutEntity, laterAsOf, notSampled } = predictions.leftOut;
  if (withoutEntity > 0) notes.push(`${withoutEntity} prediction(s) by tensor were left out: they read no features.`);
  if (laterAsOf > 0)
    notes.push(`${laterAsOf} prediction(s) were left out, asked as of a later instant than they were given at.`);
  if (notSampled > 0)
    notes.push(
      `The log is a sample: ${notSampled} prediction(s) of the window are not in it, and counts are of the rest.`,
    );
  return notes;
}
