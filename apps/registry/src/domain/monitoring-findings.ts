/** What a skew report says of the predictions of a release. */
export interface Skew {
  /** `projects/{project}/skewReports/{id}`. */
  readonly name: string;
  readonly rowCount: number;
  readonly differingRowCount: number;
  /** Features with differing values, those with most first. */
  readonly features: readonly string[];
}

/** How other data compares with a baseline. */
export interface Drift {
  /** `projects/{project}/driftReports/{id}`. */
  readonly name: string;
  /** Columns with enough values in both to be compared. */
  readonly comparedCount: number;
  /** What has drifted, or is an error. */
  readonly wrong: readonly string[];
  /** What there are only warnings about. */
  readonly warned: readonly string[];
}

/** How a training set came by columns about people. */
export interface TreatedData {
  readonly purpose: string;
  /** Names of the policies that spoke about its columns; at least one. */
  readonly policies: readonly string[];
  /** Columns that a rule names. */
  readonly columnCount: number;
  /** Those of them that a policy calls sensitive, by their names in the training set. */
  readonly sensitiveColumns: readonly string[];
}

/** What the platform watches, in reports that other services wrote: by an instant, if one is given. Fails with SERVICE_AWAY. */
export interface MonitoringFindings {
  /** The newest report on predictions of a release, and of no other; undefined if there is none. */
  skew(release: string, asOfMs?: number): Promise<Skew | undefined>;
  /** The newest comparison of other data with the statistics of this digest; undefined if there is none. */
  drift(project: string, baselineDigest: string, asOfMs?: number): Promise<Drift | undefined>;
  /** Undefined if no policy spoke about the training set, or there is none of that name. */
  treatedData(trainingSet: string, asOfMs?: number): Promise<TreatedData | undefined>;
  /** Those of some feature views that have no target for their freshness. Undefined at an instant: targets have no history. */
  unwatchedViews(project: string, views: readonly string[], asOfMs?: number): Promise<readonly string[] | undefined>;
}
