import type { Digest } from "@throughline/kernel";
import type { KnownArtifact } from "./artifact.ts";

/** A condemned object that a sweep has seen. */
export interface Condemnation {
  readonly id: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** When it was seen first, which is after it was condemned: the time of grace begins here. */
  readonly timeMs: number;
}

/** Bytes that were being uploaded, and that no commit made an artifact. */
export interface Arrival {
  readonly id: string;
  readonly digest: Digest;
  readonly timeMs: number;
}

/** The record of bytes that were erased, for one project that had known them. */
export interface Erasure {
  readonly project: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly letGoBy: string;
  readonly letGoTimeMs: number;
  readonly condemnTimeMs: number;
  readonly eraseTimeMs: number;
}

/**
 * What sweeps read and write. Several may be at it at the same time: a change of an artifact that changed since it was read
 * is not applied, and false is returned.
 */
export interface ByteSweepStore {
  /** Oldest first. */
  lettingsGo(limit: number): Promise<readonly LettingGo[]>;
  removeLettingGo(letGo: LettingGo): Promise<void>;
  /** Those of at most that time, oldest first. */
  arrivals(untilMs: number): Promise<readonly Arrival[]>;
  removeArrival(id: string): Promise<void>;
  /** Artifacts that their projects let go, by that time, after a position of an earlier page. */
  letGoArtifacts(page: { readonly after?: string; readonly limit: number }): Promise<LetGoPage>;
  /** What all projects know under the digests. */
  artifacts(digests: readonly Digest[]): Promise<readonly KnownArtifact[]>;
  /** Changes what a project knows, if it still is at the revision before. */
  replaceArtifact(artifact: KnownArtifact): Promise<boolean>;
  /** Those of the digests that anything else of the service names, such as a recipe or a data set. */
  mentions(digests: readonly Digest[]): Promise<readonly Digest[]>;
  /** Those of the digests that files name. */
  namedByFiles(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
  condemnations(): Promise<ReadonlyMap<string, Condemnation>>;
  /** Adds what is not there yet. */
  addCondemnation(condemnation: Condemnation): Promise<void>;
  removeCondemnation(id: string): Promise<void>;
  putErasure(condemnation: string, erasure: Erasure): Promise<void>;
  /** Removes the records of an erasure that did not come about. */
  removeErasures(condemnation: string, digest: Digest): Promise<void>;
  /** Those of a project, newest first, after the end of an earlier page. */
  erasures(project: string, page: { readonly after?: string; readonly limit: number }): Promise<ErasurePage>;
}

export interface ErasurePage {
  readonly erasures: readonly Erasure[];
  readonly next?: string;
}

export interface LetGoPage {
  readonly artifacts: readonly KnownArtifact[];
  readonly next?: string;
}

/** Bytes that a project needs no more for one reason: it is written with the removal, and sweeps take it up. */
export interface LettingGo {
  readonly id: string;
  readonly project: string;
  readonly digests: readonly Digest[];
  readonly timeMs: number;
  /** Name of the resource whose removal or change it was. */
  readonly by: string;
}
