import { fromJson } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { count, percent } from "./progress.ts";
import { type Asked, entityOf, type Question } from "./questions.ts";
import type { Setting } from "./setting.ts";

/** What a request was answered with. */
export interface Answer {
  readonly question: Question;
  /** Name of the prediction. */
  readonly prediction: string;
  readonly release: string;
  readonly score: number;
  readonly viewVersions: Readonly<Record<string, number>>;
  readonly rowDigest: string;
  /** The nodes that took part, in order. */
  readonly path: readonly string[];
  /** Where the graph chose. */
  readonly choices: readonly { readonly node: string; readonly branch: string; readonly propensity: number }[];
  /** What outlier gates found. */
  readonly gates: readonly { readonly node: string; readonly outlier: boolean }[];
}

/** One way to ask. */
export type Ask = (setting: Setting, deployment: string, question: Question) => Promise<Answer>;

/** Requests under way at once. */
const CALLERS = 16;

/** Asks every question over the given ways in turn, and sends back what came of it. */
export async function replay(
  setting: Setting,
  asked: {
    readonly title: string;
    readonly deployment: string;
    readonly questions: readonly Question[];
    readonly ways: readonly Ask[];
  },
): Promise<readonly Answer[]> {
  const { deployment, questions, ways } = asked;
  return setting.progress.step(asked.title, async () => {
    const start = performance.now();
    const answers = await answersTo(setting, { deployment, questions, ways });
    const rate = questions.length / ((performance.now() - start) / 1_000);
    await sendFeedback(setting, deployment, answers);
    return {
      told: `${count(answers.length)} answers at ${count(Math.round(rate))} a second, ${sharesOf(answers)}`,
      result: answers,
    };
  });
}

/** Asks every question over gRPC, and sends back what came of it, without telling. */
export async function askEach(
  setting: Setting,
  deployment: string,
  questions: readonly Question[],
): Promise<readonly Answer[]> {
  const answers = await answersTo(setting, { deployment, questions, ways: [askOverGrpc] });
  await sendFeedback(setting, deployment, answers);
  return answers;
}

async function answersTo(
  setting: Setting,
  asked: { readonly deployment: string; readonly questions: readonly Question[]; readonly ways: readonly Ask[] },
): Promise<readonly Answer[]> {
  const { deployment, questions, ways } = asked;
  const answers: Answer[] = new Array(questions.length);
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let i = next++; i < questions.length; i = next++) {
      const question = questions[i];
      const ask = ways[i % ways.length];
      if (question && ask) answers[i] = await ask(setting, deployment, question);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return answers;
}

async function sendFeedback({ connection }: Setting, deployment: string, answers: readonly Answer[]): Promise<void> {
  for (let at = 0; at < answers.length; at += 1_000) {
    const feedback = answers.slice(at, at + 1_000).map(({ prediction, question }) => ({
      prediction,
      actual: question.late ? 1 : 0,
      actualTime: fromJson(TimestampSchema, question.known),
    }));
    await connection.inference.sendFeedback({ deployment, feedback });
  }
}

/** Which release answered how often. */
function sharesOf(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const { release } of answers) counts.set(release, (counts.get(release) ?? 0) + 1);
  return [...counts].map(([release, n]) => `${percent(n / answers.length)} by ${release.split("/").at(-1)}`).join(", ");
}

/** Asks over gRPC. */
export const askOverGrpc: Ask = async ({ connection }, deployment, question) => {
  const entity = Object.fromEntries(
    Object.entries(entityOf(question)).map(([name, value]) => [name, { kind: kindOf(value) }]),
  );
  const asOf = fromJson(TimestampSchema, question.cutoff);
  const answer = await connection.inference.predict({ deployment, entity, asOf });
  const { prediction, release, score, rowDigest } = answer;
  const viewVersions = Object.fromEntries(
    Object.entries(answer.viewVersions).map(([view, version]) => [view, Number(version)]),
  );
  const { path, choices, gateVerdicts: gates } = answer;
  return { question, prediction, release, score, viewVersions, rowDigest, path, choices, gates };
};

function kindOf(value: Asked) {
  if (value === null) return { case: undefined };
  if (typeof value === "object")
    return { case: "timestampValue", value: fromJson(TimestampSchema, value.time) } as const;
  if (typeof value === "string") return { case: "stringValue", value } as const;
  return { case: "float64Value", value } as const;
}

/** Asks over REST, as any HTTP client would. */
export const askOverRest: Ask = async ({ httpUrl }, deployment, question) => {
  const entity = Object.fromEntries(Object.entries(entityOf(question)).map(([name, value]) => [name, jsonOf(value)]));
  const response = await fetch(`${httpUrl}/v1/${deployment}:predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ entity, asOf: question.cutoff }),
  });
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
  const answer = (await response.json()) as Omit<Answer, "question" | "viewVersions" | "choices" | "gates"> & {
    viewVersions: Record<string, string>;
    choices?: Answer["choices"];
    gateVerdicts?: Answer["gates"];
  };
  const viewVersions = Object.fromEntries(
    Object.entries(answer.viewVersions).map(([view, version]) => [view, Number(version)]),
  );
  const { choices = [], gateVerdicts: gates = [] } = answer;
  return { ...answer, question, viewVersions, choices, gates };
};

function jsonOf(value: Asked) {
  if (value === null) return {};
  if (typeof value === "object") return { timestampValue: value.time };
  return typeof value === "string" ? { stringValue: value } : { float64Value: value };
}
