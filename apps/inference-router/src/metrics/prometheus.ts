import type { MetricsServer } from "../domain/analysis/measuring.ts";

export interface PrometheusOptions {
  /** Base of the server's API, such as `http://prometheus:9090`: said by the operator, and by nobody else. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
}

/** A server that speaks Prometheus's HTTP API (v1, instant queries). Redirects are not followed. */
export function prometheus({ url, timeoutMs, answerBytesMax }: PrometheusOptions): MetricsServer {
  const place = `${url.replace(/\/+$/, "")}/api/v1/query`;
  return {
    async query(text, atMs) {
      const body = new URLSearchParams({
        query: text,
        time: String(atMs / 1_000),
        // The server ends its own work too.
        timeout: `${timeoutMs}ms`,
      });
      const response = await fetch(place, {
        method: "POST",
        body,
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer = await bodyOf(response, answerBytesMax);
      if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${answer.slice(0, 300)}`);
      return numbersOf(answer);
    },
  };
}

/** Reads no more than it may, so that an answer without end takes no memory. */
async function bodyOf(response: Response, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > bytesMax) throw new Error(`the answer of Prometheus has more than ${bytesMax} bytes: ask for less`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** By the label `release`. Fails for anything that is not a scalar or a vector with one number for each release. */
function numbersOf(answer: string): ReadonlyMap<string, number> {
  const { status, data } = JSON.parse(answer) as Answer;
  if (status !== "success") throw new Error("Prometheus gave no answer");
  if (data?.resultType === "scalar") return new Map([["", numberOf(data.result[1])]]);
  if (data?.resultType !== "vector") throw new Error(`the query gives ${data?.resultType}, not one number`);
  const found = new Map<string, number>();
  for (const { metric, value } of data.result) {
    const release = metric["release"] ?? "";
    if (found.has(release)) throw new Error(`the query gives several numbers for the release "${release}"`);
    found.set(release, numberOf(value[1]));
  }
  return found;
}

type Sample = readonly [timeSeconds: number, value: string];

interface Answer {
  readonly status?: string;
  readonly data?:
    | { readonly resultType: "scalar"; readonly result: Sample }
    | {
        readonly resultType: "vector";
        readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: Sample }[];
      }
    | { readonly resultType: "matrix" | "string" };
}

/** Infinite ones are none: they come of divisions by zero. */
const numberOf = (text: string): number => {
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
};
