import type { BlobStore } from "@throughline/blobs";
import { type Digest, invalidField, invariant } from "@throughline/kernel";
import {
  applyTransforms,
  type ColumnValue,
  checkTransforms,
  columnOf,
  type OutputRows,
  type ReadyTransforms,
  readyTransforms,
} from "@throughline/transforms";
import type { FeatureService } from "../feature-service.ts";
import { type OnlineRead, readOnline } from "../online-read.ts";
import type { OnlineStore } from "../online-store.ts";
import type { ServicePlans } from "../service-plans.ts";
import type { TrainingSets } from "../training-set.ts";
import { fitContent, type TransformFit, widthOf } from "./transform-fit.ts";

/** What reading transformed features needs. */
export interface OnDemandDeps {
  readonly online: Pick<OnlineStore, "read">;
  readonly plans: Pick<ServicePlans, "get">;
  readonly trainingSets: Pick<TrainingSets, "get">;
  readonly blobs: Pick<BlobStore, "get">;
}

/** Features of entity rows as transforms give them to a model. */
export interface TransformedFeatures {
  readonly outputs: readonly { readonly name: string; readonly rows: OutputRows }[];
  readonly service: FeatureService;
  /** Of the features before they were transformed. */
  readonly rowDigests: readonly Digest[];
}

/** Reads features and transforms them on demand. */
export interface OnDemandTransforms {
  /** Fails with INVALID_FIELD for values of a wrong type, and for rows that make too much at once. */
  read(fit: TransformFit, read: OnlineRead): Promise<TransformedFeatures>;
}

/** Fits that are kept ready; the one that was not asked for the longest goes first. */
const FITS_MAX = 50;
/** Elements that are computed at once, some milliseconds of work for most steps. */
const ELEMENTS_MAX = 1_000_000;

interface ReadyFit {
  readonly ready: ReadyTransforms;
  readonly service: { readonly id: string; readonly version: number };
}

export function onDemandTransforms(deps: OnDemandDeps): OnDemandTransforms {
  const known = new Map<string, Promise<ReadyFit>>();
  const readyFit = (fit: TransformFit): Promise<ReadyFit> => {
    const key = `${fit.project}/${fit.id}`;
    const made = known.get(key) ?? readied(deps, fit);
    known.delete(key);
    known.set(key, made);
    made.catch(() => known.delete(key));
    const [oldest] = known.keys();
    if (known.size > FITS_MAX && oldest !== undefined) known.delete(oldest);
    return made;
  };
  return {
    async read(fit, { rows, asOfNs }) {
      const width = widthOf(fit);
      if (rows.length * width > ELEMENTS_MAX)
        throw invalidField(
          "rows",
          `a row has ${width} elements: ask for ${Math.floor(ELEMENTS_MAX / width)} at the most`,
        );
      const { ready, service } = await readyFit(fit);
      const { bound, plan } = await deps.plans.get(fit.project, service.id, service.version);
      const vectors = await readOnline(deps.online, plan, { rows, asOfNs });
      const columns = ready.inputs.map(({ name, type }) => {
        const place = bound.service.features.indexOf(name);
        const values = vectors.map((it) => (it.values[place]?.value ?? null) as ColumnValue);
        return [name, columnOf(name, type, values)] as const;
      });
      const transformed = applyTransforms(ready, new Map(columns));
      return {
        outputs: fit.outputs.map(({ name }) => {
          const made = transformed.get(name);
          invariant(made !== undefined, "transforms give all of their outputs");
          return { name, rows: made };
        }),
        service: bound.service,
        rowDigests: vectors.map((it) => it.rowDigest),
      };
    },
  };
}

async function readied({ trainingSets, blobs }: OnDemandDeps, fit: TransformFit): Promise<ReadyFit> {
  const trainingSet = await trainingSets.get(fit.project, fit.trainingSet);
  invariant(trainingSet, "a fit learned from a training set, and these stay");
  const { definition, constants } = await fitContent(blobs, fit);
  return {
    ready: readyTransforms(checkTransforms(definition), constants),
    service: { id: trainingSet.featureService, version: trainingSet.featureServiceVersion },
  };
}
