import { fromJson } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { FeatureVector } from "@throughline/contracts/throughline/features/v1/online_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { counted } from "./progress.ts";
import type { Question } from "./questions.ts";
import type { Setting } from "./setting.ts";

/** What is read of what is stored: a day's mean delay of the carrier, and of the airport. */
const [CARRIER, AIRPORT] = ["carrier_delays", "airport_delays"] as const;
const DELAY = "dep_delay_mean_1d";
const SERVICE = "departure-board";

/** What a departure board shows that nobody stores: how fast a flight is to be, and how its carrier does beside the airport. */
const OUTPUTS = [
  {
    name: "scheduled_mph",
    description: "Miles an hour from gate to gate, by the schedule",
    expression: "distance_miles * 60.0 / sched_duration_minutes",
    plainly: ({ question }: Plain) => (question.distance_miles * 60) / question.sched_duration_minutes,
  },
  {
    name: "beside_airport_minutes",
    description: "Mean delay of the carrier's flights within a day, less that of all flights of the airport",
    expression: `${CARRIER}__${DELAY} - ${AIRPORT}__${DELAY}`,
    plainly: ({ carrier, airport }: Plain) => (carrier === null || airport === null ? null : carrier - airport),
  },
] as const;

/** What an output is computed of. */
interface Plain {
  readonly question: Question;
  readonly carrier: number | null;
  readonly airport: number | null;
}

/**
 * Defines features that are computed when somebody asks, of stored ones and of what comes with the question, and asks for some flights
 * at one moment. Fails if any is not, to the last bit, what these lines compute of the same numbers.
 */
export async function askOnDemand({ connection, progress }: Setting, questions: readonly Question[]): Promise<void> {
  const { parent, definitions, features } = connection;
  await progress.step("Computing features of a departure board on demand", async () => {
    const views = [CARRIER, AIRPORT].map((it) => ({ view: `${parent}/featureViews/${it}`, features: [DELAY] }));
    const onDemandView = {
      name: `${parent}/onDemandViews/board`,
      description: "What a departure board shows beside the times",
      views,
      requestColumns: ["distance_miles", "sched_duration_minutes"].map((name) => ({ name, type: ValueType.FLOAT64 })),
      outputs: OUTPUTS.map(({ plainly: _, ...it }) => ({ ...it, type: ValueType.FLOAT64 })),
    };
    const service = {
      name: `${parent}/featureServices/${SERVICE}`,
      views,
      onDemandViews: [{ view: onDemandView.name }],
    };
    await definitions.applyDefinitions({
      parent,
      definitions: { onDemandViews: [onDemandView], featureServices: [service] },
    });
    const asOf = fromJson(TimestampSchema, questions.at(-1)?.cutoff ?? "");
    const rows = questions.map((it) => ({
      values: {
        origin: { kind: { case: "stringValue" as const, value: it.origin } },
        carrier: { kind: { case: "stringValue" as const, value: it.carrier } },
        distance_miles: { kind: { case: "float64Value" as const, value: it.distance_miles } },
        sched_duration_minutes: { kind: { case: "float64Value" as const, value: it.sched_duration_minutes } },
      },
    }));
    const answer = await features.getOnlineFeatures({ featureService: service.name, rows, asOf });
    const known = check(questions, answer);
    return {
      told: `${counted(questions.length, "flight")}, ${counted(known, "value")} as computed plainly`,
      result: undefined,
    };
  });
}

/** The number of values that are there, all of which are as they should be. Fails for an output that no flight has. */
function check(
  questions: readonly Question[],
  { features, vectors }: { readonly features: readonly string[]; readonly vectors: readonly FeatureVector[] },
): number {
  const place = (name: string): number => {
    const found = features.indexOf(name);
    if (found < 0) throw new Error(`${SERVICE} answers without ${name}: with ${features.join(", ")}`);
    return found;
  };
  const known = new Map<string, number>(OUTPUTS.map(({ name }) => [name, 0]));
  for (const [i, question] of questions.entries()) {
    const at = (name: string): number | null => numberIn(vectors[i], place(name));
    const plain = { question, carrier: at(`${CARRIER}__${DELAY}`), airport: at(`${AIRPORT}__${DELAY}`) };
    for (const { name, plainly } of OUTPUTS) {
      const [is, should] = [at(`board__${name}`), plainly(plain)];
      if (!Object.is(is, should))
        throw new Error(`board__${name} of flight ${question.flight_id} is ${is}, not ${should}`);
      if (is !== null) known.set(name, (known.get(name) ?? 0) + 1);
    }
  }
  for (const [name, count] of known) if (count === 0) throw new Error(`board__${name} is known of no flight`);
  return known.values().reduce((sum, it) => sum + it, 0);
}

function numberIn(vector: FeatureVector | undefined, place: number): number | null {
  const kind = vector?.values[place]?.value?.kind;
  return kind?.case === "float64Value" ? kind.value : null;
}
