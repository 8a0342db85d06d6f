import { type Analysis, isOfRequests, type Measurement } from "@throughline/rollouts";
import type { ObservedRollout } from "./observed-rollout.ts";

/**
 * A server that answers queries about metrics. Where it is was said by the operator. Laws:
 * - A query gives a number for each value of the label `release`; one without that label has the empty text for it.
 * - It fails, in bounded time, where there is no answer of that kind: nothing is guessed.
 */
export interface MetricsServer {
  query(text: string, atMs: number): Promise<ReadonlyMap<string, number>>;
}

/** Asks about the analyses of a rollout that are not of requests. */
export interface Measuring {
  /** The newest answers by analysis, asked for anew when they are old. It never fails: what cannot be had is missing. */
  measure(rollout: ObservedRollout, nowMs: number): Promise<ReadonlyMap<string, Measurement>>;
}

export interface MeasuringOptions {
  /** Undefined if the operator named none. */
  readonly server: MetricsServer | undefined;
  /** How old an answer may be. */
  readonly everyMs: number;
  readonly onProblem: (subject: string, error: unknown) => void;
}

export function measuring({ server, everyMs, onProblem }: MeasuringOptions): Measuring {
  const newest = new Map<string, Measurement>();
  const measured = async (rollout: ObservedRollout, analysis: Analysis, nowMs: number): Promise<Measurement> => {
    const asked = queriesOf(rollout, analysis);
    const { candidate, baseline } = await answered(server, asked, nowMs).catch((error: unknown) => {
      onProblem(rollout.name, error);
      return { candidate: undefined, baseline: undefined };
    });
    const isMissing = candidate === undefined || baseline === undefined;
    const missingSinceMs = isMissing ? (newest.get(analysis.name)?.missingSinceMs ?? nowMs) : undefined;
    const { candidateQuery, baselineQuery } = asked;
    return { candidateQuery, baselineQuery, timeMs: nowMs, candidate, baseline, missingSinceMs };
  };
  return {
    async measure(rollout, nowMs) {
      const wanted = rollout.plan.analyses.filter((it) => !isOfRequests(it));
      const due = wanted.filter(
        ({ name }) => nowMs - (newest.get(name)?.timeMs ?? Number.NEGATIVE_INFINITY) >= everyMs,
      );
      const found = await Promise.all(due.map(async (it) => [it.name, await measured(rollout, it, nowMs)] as const));
      for (const [name, it] of found) newest.set(name, it);
      return newest;
    },
  };
}

/** What is asked about both releases, and under which label the answers are looked for. */
interface Asked {
  readonly candidateQuery: string;
  readonly baselineQuery: string;
  readonly candidateLabel: string;
  readonly baselineLabel: string;
}

const RELEASE = "$release";

const idOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

function queriesOf({ candidate, baseline, deployment }: ObservedRollout, { source }: Analysis): Asked {
  const query = (source.kind === "PROMETHEUS" ? source.query : "").replaceAll("$deployment", idOf(deployment));
  if (!query.includes(RELEASE)) {
    const labels = { candidateLabel: idOf(candidate), baselineLabel: idOf(baseline) };
    return { candidateQuery: query, baselineQuery: query, ...labels };
  }
  return {
    candidateQuery: query.replaceAll(RELEASE, idOf(candidate)),
    baselineQuery: query.replaceAll(RELEASE, idOf(baseline)),
    candidateLabel: "",
    baselineLabel: "",
  };
}

async function answered(server: MetricsServer | undefined, asked: Asked, nowMs: number) {
  if (!server) throw new Error("no Prometheus server is configured for this router (THROUGHLINE_PROMETHEUS)");
  const ofCandidate = await server.query(asked.candidateQuery, nowMs);
  const isOne = asked.candidateQuery === asked.baselineQuery;
  const ofBaseline = isOne ? ofCandidate : await server.query(asked.baselineQuery, nowMs);
  return {
    candidate: numberOf(ofCandidate, asked.candidateLabel),
    baseline: numberOf(ofBaseline, asked.baselineLabel),
  };
}

/** A query for one release has one number, whatever labels it kept. */
function numberOf(found: ReadonlyMap<string, number>, label: string): number | undefined {
  const value = label === "" && found.size === 1 ? found.values().next().value : found.get(label);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
