import type { Column } from "@throughline/graphs";
import type { Digest } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { Write } from "@throughline/store";
import type { MonitoringFindings } from "./monitoring-findings.ts";

/** What the project knows of digests. */
export interface Artifacts {
  /** `digest` may be of anything that is on the thread; undefined if the project does not know it. */
  find(project: string, digest: Digest): Promise<{ readonly sizeBytes: number; readonly kind: string } | undefined>;
}

/** One version of a feature service, with everything that it pins. */
export interface PinnedFeatureService {
  readonly version: number;
  readonly digest: string;
  readonly views: readonly PinnedView[];
  /** Left out where there are none. */
  readonly onDemandViews?: readonly PinnedView[];
  readonly requestFeatures: readonly string[];
  /** All features in the order of the model's input. */
  readonly features: readonly string[];
}

/** A version of a view. */
export interface PinnedView {
  /** `projects/{project}/featureViews/{view}`, or `onDemandViews`. */
  readonly view: string;
  readonly version: number;
  readonly digest: string;
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

/**
 * What other services of the platform found out about models by themselves, in bytes that they stored: by an instant, if one is given. Fails
 * with SERVICE_AWAY while one does not answer.
 */
export interface Findings extends MonitoringFindings {
  /** The newest evaluation of something, such as a version or a run; undefined if there is none. */
  evaluation(
    subject: string,
    asOfMs?: number,
  ): Promise<{ readonly digest: Digest; readonly createTimeMs: number } | undefined>;
  /** The leakage certificate of a training set, `projects/{project}/trainingSets/{set}`; undefined if there is none. */
  certificate(trainingSet: string, asOfMs?: number): Promise<Digest | undefined>;
  /** What tracking knows of a run that made a model; undefined if the run is not there. */
  training(run: string, asOfMs?: number): Promise<Training | undefined>;
  /** When a version of a feature view was defined; undefined if there is none. */
  viewMadeMs(view: string, version: number): Promise<number | undefined>;
  /** The newest report on the features of a version of a feature service; undefined if there is none. */
  necessity(featureService: string, version: number, asOfMs?: number): Promise<Necessity | undefined>;
}

/** How a model was made. */
export interface Training {
  /** Digests of the files that the run made. */
  readonly digests: ReadonlySet<string>;
  /** The study whose best trial, or one of them, the run is: `projects/{project}/studies/{study}`. */
  readonly study?: string;
  /** The newest run that did the same again and ended well, with the digests of what it made. */
  readonly replay?: { readonly run: string; readonly digests: ReadonlySet<string> };
  /** Of the code, if it was recorded: hex digits. */
  readonly commit?: string;
  /** Of the changes of the code that were in no commit, if there were any. */
  readonly diffDigest?: string;
  /** Metrics whose latest value is no finite number, if there are any. */
  readonly undefinedMetrics?: readonly string[];
}

/** Whether features are worth having, as a necessity report says it. */
export interface Necessity {
  /** `projects/{project}/necessityReports/{id}`. */
  readonly name: string;
  /** True if it was measured how much worse a model gets without what each feature tells. */
  readonly isMeasured: boolean;
  /** Features that a model can do without. */
  readonly needless: readonly string[];
  /** True if somebody said what features cost. */
  readonly costsKnown: boolean;
  /** Features that cost far more than they bring. */
  readonly costly: readonly string[];
}

/** The freshness of a feature view crossed its target. */
export interface FreshnessAlert {
  /** `projects/{project}/freshnessAlerts/{number}`. */
  readonly name: string;
  /** Dense in the project, from 1. */
  readonly number: number;
  /** `projects/{project}/featureViews/{view}`. */
  readonly view: string;
  readonly version: number;
  readonly kind: "stale" | "recovered";
  readonly timeMs: number;
  readonly newestEventMs: number;
  readonly eventAgeSeconds: number;
  /** Undefined if the target was taken away. */
  readonly targetSeconds: number | undefined;
}

/** What the feature store knows of the freshness of views. */
export interface FreshnessAlerts {
  /** The newest alerts of a project, from the oldest on for which all that followed are new. */
  newest(project: string, isNew: (alert: FreshnessAlert) => boolean): Promise<readonly FreshnessAlert[]>;
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
