import type { Catalog } from "./catalog.ts";
import { bindService, resolveService } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import type { Generations } from "./generations.ts";

/** What it needs. */
export interface LearnDeps {
  readonly catalog: Pick<Catalog, "views">;
  readonly generations: Pick<Generations, "know">;
}

/** Makes every version of every view of a source known, as if a feature service of its own named it. */
export async function learnViews({ catalog, generations }: LearnDeps, project: string, source: string): Promise<void> {
  for await (const view of versionsOf(catalog, project)) {
    if (view.source !== source) continue;
    const selection = { view: view.id, version: view.version, features: [], keyFields: {} };
    const said = { views: [selection], requestFeatures: [], features: [], description: "" };
    const service = { ...said, ...resolveService(said, [view]), project, id: view.id, version: 0, createTimeMs: 0 };
    await generations.know(bindService(service, [view]));
  }
}

async function* versionsOf({ views }: Pick<Catalog, "views">, project: string): AsyncGenerator<FeatureView> {
  let token = "";
  do {
    const page = await views.list(project, { size: 0, token });
    for (const { id } of page.items) {
      // They are dense: the first that is not there is behind the last.
      for (let version = 1; ; version++) {
        const view = await views.get(project, id, version);
        if (!view) break;
        yield view;
      }
    }
    token = page.nextPageToken;
  } while (token !== "");
}
