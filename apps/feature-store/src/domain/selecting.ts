import type {
  DropCost,
  FeatureFacts,
  Importance,
  NecessityReport,
  NecessityThresholds,
  SuspectPair,
} from "@throughline/selection";
import type { Row } from "@throughline/tables";

/** What to compare with what, among the columns that a thread began with. */
export interface Suspecting {
  readonly features: readonly string[];
  readonly labels: readonly string[];
  /** In (0, 1]. */
  readonly threshold: number;
  readonly seed: number;
}

/** What a report is to be made of, among the columns that a thread began with. */
export interface Reporting {
  readonly features: readonly string[];
  readonly label?: string;
  readonly facts: ReadonlyMap<string, FeatureFacts>;
  readonly importances?: readonly Importance[];
  readonly dropCosts?: readonly DropCost[];
  readonly thresholds: NecessityThresholds;
  readonly seed: number;
}

/**
 * Compares columns off the event loop: nearest neighbours take seconds. Laws: the results are those of libs/selection; what is asked of
 * a thread is done in the order in which it was asked. Every call can fail with SELECTION_OUT_OF_MEMORY, and with the signal's reason.
 */
export interface SelectionThread extends AsyncDisposable {
  /** Begins anew with columns without rows. */
  begin(columns: readonly string[]): Promise<void>;
  /** Adds rows whose values are in the order of the columns. */
  add(rows: readonly Row[]): Promise<void>;
  /** Features that are closer to a label than is plausible. */
  suspects(asked: Suspecting): Promise<readonly SuspectPair[]>;
  /** What libs/selection reports on the columns. */
  report(asked: Reporting): Promise<NecessityReport>;
}

/** Opens a thread, which ends when `signal` aborts. */
export type OpenSelectionThread = (signal: AbortSignal) => SelectionThread;
