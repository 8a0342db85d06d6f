import type { LoggedModel } from "./logged-model.ts";
import type { Key } from "./names.ts";

/** Which logged models to read, newest first. */
export interface LoggedModelQuery {
  readonly project: string;
  /** Empty for all of the project. */
  readonly experimentIds: readonly string[];
  /** Only those created before the one of this id. */
  readonly before?: string;
  /** From 1 on. */
  readonly limit: number;
}

/** Reads logged models. */
export interface LoggedModelStore {
  /** In the order of the keys; undefined for what is not there. */
  get(keys: readonly Key[]): Promise<readonly (LoggedModel | undefined)[]>;
  /** By id, newest first. */
  list(query: LoggedModelQuery): Promise<readonly LoggedModel[]>;
}
