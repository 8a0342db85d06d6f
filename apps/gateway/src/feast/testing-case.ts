/** One request to a feature server, and what is to be answered. */
export interface FeastCase {
  readonly name: string;
  readonly path: string;
  /** Sent as JSON, or as it is if it is a text. */
  readonly body: unknown;
  readonly answer: Answered;
  /** What Feast 0.67 answers, where it is something else on purpose. */
  readonly feast?: Answered;
}

/** What of an answer does not depend on the moment, nor on the order of the features of a view, which Feast shuffles. */
export interface Answered {
  readonly status: number;
  /** Values, statuses, and whether there are event times, by the names of the columns. */
  readonly columns?: Readonly<Record<string, Column>>;
  /** Class of Feast's that the error names. */
  readonly error?: string;
  /** Type and place of the first detail. */
  readonly detail?: readonly [type: string, ...loc: readonly (string | number)[]];
}

/** Values and statuses by row; the time of the event behind each, empty for none. */
export type Column = readonly [values: readonly unknown[], statuses: readonly string[], times: readonly string[]];

/** When the events of the cases happened. */
export interface Times {
  /** A few minutes ago, in whole seconds. */
  readonly fresh: string;
  /** Longer ago than the ttl of the prices. */
  readonly old: string;
}

/** A case whose answer is a read of columns. */
interface Read {
  readonly name: string;
  readonly body: unknown;
  readonly columns: Readonly<Record<string, Column>>;
  /** See FeastCase. */
  readonly feast?: Readonly<Record<string, Column>>;
}

export const GET_ONLINE_FEATURES = "/get-online-features";

/** What is wrong with a request. */
export const REFUSED: Answered = { status: 422 };
/** What Feast answers to mistakes of callers, too. */
export const BROKEN: Answered = { status: 500 };

export const read = ({ name, body, columns, feast }: Read): FeastCase => ({
  name,
  path: GET_ONLINE_FEATURES,
  body,
  answer: { status: 200, columns },
  ...(feast && { feast: { status: 200, columns: feast } }),
});

/** The same status and time for all rows. */
export const all = (values: readonly unknown[], status: string, time = ""): Column => [
  values,
  values.map(() => status),
  values.map(() => time),
];

/** A key, as it is given back. */
export const key = (...values: readonly unknown[]): Column => all(values, "PRESENT");
