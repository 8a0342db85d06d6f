import type { Digest } from "@throughline/kernel";
import type { ModelFormat, ModelSource, Signature, VersionContent } from "./model.ts";
import type { ModelDeps } from "./models.ts";
import type { Artifacts, LineageWrites } from "./ports.ts";
import type { ContentDeps } from "./version-content.ts";

/** Transforms to put in front of a version's model. */
export interface Attaching {
  /** Name of the version; it may end in an alias. */
  readonly version: string;
  /** Of a transform fit of the feature store. */
  readonly fitDigest: Digest;
}

/** What a version says that answers as another one does, and costs less. */
export interface Variant {
  /** The version that it was made of. */
  readonly of: string;
  /** How it was made of it, such as `int8-dynamic`. */
  readonly derivation: string;
}

export interface RegistrationDeps extends ModelDeps, ContentDeps {
  readonly artifacts: Artifacts;
  readonly lineage: LineageWrites;
}

/** What a caller says of the version to register. Texts are empty where they say nothing. */
export interface Registration {
  readonly model: string;
  /** Left out: found from the source. */
  readonly digest?: Digest;
  readonly source?: ModelSource;
  /** In place of digest and source: made by putting transforms in front of another version's model. */
  readonly attaching?: Attaching;
  /** Left out: found from the source. */
  readonly format?: ModelFormat;
  readonly run: string;
  readonly trainingSet: string;
  readonly trainingSetDigest: Digest | "";
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly runLink: string;
  readonly sourceUri: string;
  /** Left out: read from the model. */
  readonly signature?: Signature;
  /** Left out: it is a variant of none. */
  readonly variant?: Variant;
}

/** What a version will be made of and what is said of it, before it has a number. */
export interface Prepared {
  readonly content: Omit<VersionContent, "name" | "model" | "version" | "actor" | "createTimeMs">;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}
