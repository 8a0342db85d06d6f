import type { Column } from "@throughline/graphs";
import type { Digest } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { Write } from "@throughline/store";

/** What the project knows of digests. */
export interface Artifacts {
  /** `digest` may be of anything that is on the thread; undefined if the project does not know it. */
  find(project: string, digest: Digest): Promise<{ readonly sizeBytes: number; readonly kind: string } | undefined>;
}

/** One version of a feature service, with everything that it pins. */
export interface PinnedFeatureService {
  readonly version: number;
  readonly digest: string;
  readonly views: readonly {
    /** `projects/{project}/featureViews/{view}`. */
    readonly view: string;
    readonly version: number;
    readonly digest: string;
  }[];
  readonly requestFeatures: readonly string[];
  /** All features in the order of the model's input. */
  readonly features: readonly string[];
}

/** The types of what a feature service gives, and of the entity fields that it reads. */
export interface ServiceColumns {
  /** All features in the order of the model's input. */
  readonly features: readonly Column[];
  /** Keys of the entities, and features that come with the request. */
  readonly keys: readonly Column[];
}

/** What the feature store knows of feature services. */
export interface FeatureServices {
  /** Version 0 is the newest. Undefined if there is no such version. */
  find(name: string, version: number): Promise<PinnedFeatureService | undefined>;
  /** Of a version that there is. Undefined if something that it is made of is gone. */
  columns(name: string, version: number): Promise<ServiceColumns | undefined>;
}

/** Puts a record of what was done beside the work, in the same batch. */
export type LineageWrites = (record: LineageRecord) => readonly Write[];

/** A file of a run, of a logged model or of a project, as it stands now. */
export interface SourceFile {
  /** Within the parent. */
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What tracking knows of files. */
export interface SourceFiles {
  /**
   * The files under a path of a parent, however deep, by path; the file alone if the path is one. It may stop once it has
   * more than `most`. Undefined if there is no such parent.
   */
  list(
    source: { readonly parent: string; readonly path: string },
    most: number,
  ): Promise<readonly SourceFile[] | undefined>;
}
