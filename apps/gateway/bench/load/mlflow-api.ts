import { randomBytes } from "node:crypto";
import type { Call } from "./closed-loop.ts";
import { openConnection, type Target } from "./connection.ts";

const API = "/api/2.0/mlflow";

// Answers are looked into by path, and are checked where it matters.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Json = any;

/** A run as it is to be stored. */
export interface FilledRun {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Adds runs with the keys of one that is there. */
export type AddRuns = (like: string, runs: readonly FilledRun[]) => Promise<void>;

/** The few calls of MLflow's REST API that a bench makes besides those that it measures. */
export interface MlflowApi {
  readonly target: Target;
  /** One request over a connection that is kept. Fails unless it is answered with 200. */
  request(method: "GET" | "POST", path: string, body?: unknown): Promise<Json>;
  /** The id of a new experiment. */
  newExperiment(name: string): Promise<string>;
  /** The id of a new run. */
  newRun(experiment: string): Promise<string>;
  /** Adds runs like one that is there straight to what the server stores, where that can be done. */
  readonly addRuns?: AddRuns | undefined;
  close(): void;
}

/** A name that no earlier bench has used on the same server. */
export const unique = (name: string): string => `${name}-${randomBytes(4).toString("hex")}`;

/** One measured call of the API; `path` follows the API's own. */
export async function send(call: Call, method: "GET" | "POST", path: string, body?: unknown): Promise<Json> {
  const answer = await call(method, `${API}${path}`, body);
  return JSON.parse(answer.body.toString("utf8"));
}

/** The same, for an answer that need not be looked into. */
export const sendOnly = async (call: Call, path: string, body: unknown): Promise<void> =>
  void (await call("POST", `${API}${path}`, body));

export async function mlflowApi(target: Target, addRuns?: AddRuns): Promise<MlflowApi> {
  const connection = await openConnection(target);
  const request: MlflowApi["request"] = async (method, path, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await connection.exchange(method, `${API}${path}`, text);
    if (answer.status !== 200)
      throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.body.toString("utf8", 0, 500)}`);
    return JSON.parse(answer.body.toString("utf8"));
  };
  return {
    target,
    request,
    addRuns,
    newExperiment: async (name) => (await request("POST", "/experiments/create", { name })).experiment_id,
    async newRun(experiment) {
      const body = { experiment_id: experiment, start_time: Date.now(), run_name: "bench" };
      return (await request("POST", "/runs/create", body)).run.info.run_id;
    },
    close: () => connection.close(),
  };
}
