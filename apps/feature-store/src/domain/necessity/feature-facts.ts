import { isDomainError } from "@throughline/kernel";
import type { Descriptions } from "../description.ts";
import type { BoundService } from "../feature-service.ts";
import { serviceName } from "../names.ts";
import { featureName } from "../view-selection.ts";
import type { KeptRelease, ReleasedModels } from "./released-models.ts";

/** Releases that are looked at: the newest. */
const RELEASES_MAX = 10_000;
/** Readers that a report names. */
const NAMED_MAX = 10;

/** Which of the features the releases read. */
export interface Readers {
  readonly releaseCount: number;
  /** By feature; absent if it is not known. */
  readonly of?: ReadonlyMap<string, { readonly count: number; readonly newest: readonly string[] }>;
  readonly unread: readonly string[];
  readonly notes: readonly string[];
}

/** Which features of a version of a service the releases read that pin it. */
export async function readersOf(models: ReleasedModels, { service, features }: BoundService): Promise<Readers> {
  const name = serviceName.format({ project: service.project, service: service.id });
  const releases: KeptRelease[] = [];
  try {
    for await (const it of models.releases(service.project, RELEASES_MAX))
      if (it.featureService === name && it.featureServiceVersion === service.version) releases.push(it);
  } catch (error) {
    if (!isDomainError(error, "REGISTRY_UNREACHABLE")) throw error;
    return {
      releaseCount: 0,
      unread: [],
      notes: [`It is not known which releases read the features. ${error.message}`],
    };
  }
  if (releases.length === 0)
    return { releaseCount: 0, unread: [], notes: [`No release reads version ${service.version} of ${name} yet.`] };
  const of = new Map(
    features.map(({ name: feature }) => {
      const reading = releases.filter((it) => it.reads.includes(feature)).map((it) => it.name);
      return [feature, { count: reading.length, newest: reading.slice(0, NAMED_MAX) }];
    }),
  );
  const unread = features.map((it) => it.name).filter((it) => of.get(it)?.count === 0);
  return { releaseCount: releases.length, of, unread, notes: [] };
}

/** What features cost, by name, and what is not known of it. */
export interface Costs {
  readonly of: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
}

/**
 * What features cost: as the request says, and for the others what the cost notes of their views say, if each begins with a number and
 * all are in one unit. The cost of a view is shared evenly by its features of the service.
 */
export async function costsOf(
  descriptions: Pick<Descriptions, "get">,
  { service, views }: BoundService,
  asked: ReadonlyMap<string, number>,
): Promise<Costs> {
  const noted = await Promise.all(
    views.map(async ({ view, features }) => {
      const kept = await descriptions.get({ kind: "views", project: service.project, id: view.id });
      const note = kept?.value.costNote ?? "";
      return { names: features.map((it) => featureName(view.id, it.name)), view: view.id, note, price: priceOf(note) };
    }),
  );
  const of = new Map(asked);
  const priced = noted.filter((it) => it.price !== undefined);
  const units = new Set(priced.map((it) => it.price?.unit));
  if (asked.size > 0 && priced.length > 0)
    return { of, notes: ["The cost notes of the views were not used, since the request says what features cost."] };
  if (units.size > 1) {
    const all = [...units].map((it) => `"${it}"`).join(", ");
    return { of, notes: [`The cost notes of the views are in several units (${all}), so they were not compared.`] };
  }
  for (const { names, price } of priced) for (const it of names) of.set(it, (price?.amount ?? 0) / names.length);
  const wordy = noted.filter((it) => it.note !== "" && it.price === undefined).map((it) => it.view);
  const notes = [
    ...(wordy.length > 0
      ? [`The cost notes of ${wordy.join(", ")} begin with no number, so they were not compared.`]
      : []),
    ...(of.size === 0 ? ["It is not known what the features cost: no view has a cost note with a number."] : []),
  ];
  return { of, notes };
}

/** `12.50 EUR a month` is 12.5 of `eur a month`. Undefined for a note that does not begin with a number. */
export function priceOf(note: string): { readonly amount: number; readonly unit: string } | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)(?:\s+(.*))?$/s.exec(note);
  if (!found) return undefined;
  return { amount: Number(found[1]), unit: (found[2] ?? "").trim().replace(/\s+/g, " ").toLowerCase() };
}
