import type { Step } from "../definition.ts";
import { bucket, quantileBucket } from "./bucket.ts";
import { clip } from "./clip.ts";
import { combine } from "./combine.ts";
import { cross } from "./cross.ts";
import { datePart } from "./date-part.ts";
import { hash } from "./hash.ts";
import { impute } from "./impute.ts";
import { log } from "./log.ts";
import { nGrams } from "./n-grams.ts";
import { oneHot } from "./one-hot.ts";
import { pca } from "./pca.ts";
import { scale } from "./scale.ts";
import type { StepKind } from "./step-kind.ts";
import { vocabulary } from "./vocabulary.ts";

type Kinds = { readonly [K in Step["kind"]]: StepKind<Extract<Step, { readonly kind: K }>> };

const KINDS: Kinds = {
  impute,
  clip,
  scale,
  log,
  combine,
  bucket,
  "quantile-bucket": quantileBucket,
  hash,
  vocabulary,
  "one-hot": oneHot,
  cross,
  "n-grams": nGrams,
  "date-part": datePart,
  pca,
};

export const STEP_KINDS = Object.keys(KINDS);

/** All that is known of the kind of a step. */
export const kindOf = (step: Step): StepKind<Step> => KINDS[step.kind] as StepKind<Step>;
