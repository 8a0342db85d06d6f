import type { Written } from "./written.ts";

/** What a person says of one test of the scorecard, for all releases of a model. */
export interface StatementRecord {
  /** Such as `data-1`. */
  readonly test: string;
  readonly holds: boolean;
  /** A program checks it again and again. */
  readonly automated: boolean;
  /** How it is known. */
  readonly text: string;
}

export const SECTIONS = ["data", "model", "infrastructure", "monitoring"] as const;
type Section = (typeof SECTIONS)[number];

/**
 * What the 28 tests of the ML Test Score ask for (Breck, Cai, Nielsen, Salib and Sculley 2017,
 * doi:10.1109/BigData.2017.8258038), in our words and in their order, with what would make each known to the platform.
 */
export const TESTS: Readonly<Record<Section, readonly (readonly [title: string, toKnow: string])[]>> = {
  data: [
    ["What is expected of each feature is written down in a schema", "Release with a schema"],
    ["Every feature is shown to help", "Make a necessity report on the feature service, with the model"],
    [
      "No feature costs more than it brings",
      "Say what features cost, and make a necessity report on the feature service",
    ],
    [
      "Features keep to rules that hold for all of them, such as sources that may be used",
      "Check the rules by tests, and add their report in JUnit's XML as evidence of the version, for the part FEATURE_RULES",
    ],
    [
      "Private data is kept from those who must not see it, along the whole way",
      "Write a privacy policy, and train on a training set that it speaks about, or say who reviewed it, and when",
    ],
    ["A new feature can be in production soon", "Let a release with feature views serve"],
    [
      "The code that makes features is tested",
      "Add a report of its tests in JUnit's XML as evidence of the version, for the part FEATURE_CODE",
    ],
  ],
  model: [
    [
      "The model's code was reviewed, and is under version control",
      "Say where the code is kept, and who reviewed it; a run that is recorded (`throughline run record`) shows changes in no commit",
    ],
    [
      "Metrics on past data go along with what matters to users",
      "Gate the promotion by a metric, and bring the release in by a rollout with an analysis of what came true",
    ],
    ["All hyper-parameters were tuned", "Register the model from the best trial of a study, or say how it was done"],
    [
      "It is known what an old model costs",
      "Evaluate an older version on the same rows, or say how metrics fall with the age of the model",
    ],
    [
      "A simpler model is not as good",
      "Set a gate with a metric, and evaluate a much smaller version on the same rows",
    ],
    ["The model is good enough on all slices that matter", "Evaluate the version by slice, and set a gate with slices"],
    [
      "The model is fair to those whom it concerns",
      "Call the columns that tell groups of people sensitive in a privacy policy of the training set, and set a gate on a metric with slices by each of them and by nothing else, or say which groups were looked at, and what was found",
    ],
  ],
  infrastructure: [
    ["Training twice gives the same model", "Record the run, and replay it (`throughline run record`, `run replay`)"],
    [
      "The code of training is tested by itself",
      "Record the run with its commit (`throughline run record`), and add a report of the tests of that commit in JUnit's XML as evidence of the version, for the part TRAINING_CODE",
    ],
    [
      "The whole way from data to serving is tested in one piece",
      "Record the run with its commit (`throughline run record`), and add a report of the tests of that commit in JUnit's XML as evidence of the version, for the part WHOLE_WAY",
    ],
    ["A model is checked before it serves", "Set a gate with a metric on the deployment"],
    ["One example can be followed step by step", "Let the release serve: its predictions are logged"],
    ["New models serve few callers first", "Bring the release into a deployment as a canary"],
    [
      "What served before can be brought back at once",
      "Let the release serve in a deployment that served another before",
    ],
  ],
  monitoring: [
    [
      "Somebody is told when what the model depends on changes",
      "Give each feature view a target for its freshness, and a webhook `feature_view.stale`, or say who is told, and by what",
    ],
    [
      "What must hold of data holds in training and in serving",
      "Compare statistics of live data with the baseline of the release, which pins them",
    ],
    [
      "Features are computed alike in training and in serving",
      "Release with a feature service and a leakage certificate",
    ],
    ["The model is not too old", "Give the canvas a target of at most so many `model_age_days`"],
    ["No number overflows or is undefined", "Evaluate the version: each score has to be a number"],
    [
      "Training and serving have not become slower or larger",
      "Measure the latency, add it as evidence, and set a latency gate",
    ],
    [
      "Predictions on live data are as good as they were",
      "Bring the release in by a rollout with an analysis of what came true, or say which monitor compares them",
    ],
  ],
};

export type TestState = "PASS" | "FAIL" | "NOT_KNOWN" | "MANUAL";

/** What the platform sees of a test. */
export interface Observation {
  readonly holds: boolean;
  readonly sentence: string;
  /** Name of a resource, or a digest; empty if there is none. */
  readonly evidence: string;
}

/** A test that could not be looked at: what another service could not be asked for, as the beginning of a sentence. */
export interface Unasked {
  readonly unasked: string;
}

export interface ScoredTest {
  readonly id: string;
  readonly title: string;
  readonly state: TestState;
  /** 0, 0.5 or 1. */
  readonly points: number;
  readonly sentence: string;
  readonly evidence: string;
  readonly statement?: Written<StatementRecord>;
}

export interface Scorecard {
  readonly release: string;
  /** The least of the sections' points: what is left out in one place cannot be made good in another. */
  readonly score: number;
  readonly sections: readonly {
    readonly id: Section;
    readonly points: number;
    readonly tests: readonly ScoredTest[];
  }[];
}

/** What there is to say of tests, by their ids. */
export interface ScorecardFacts {
  readonly seen: ReadonlyMap<string, Observation>;
  /** What services that are away could not be asked for. */
  readonly unasked: ReadonlyMap<string, string>;
  /** What people say. */
  readonly said: ReadonlyMap<string, Written<StatementRecord>>;
}

/** The scorecard of a release from what the platform sees and what people say. */
export function scorecardOf(release: string, facts: ScorecardFacts): Scorecard {
  const sections = SECTIONS.map((section) => {
    const tests = TESTS[section].map(([title, toKnow], i) => {
      const id = `${section}-${i + 1}`;
      return { id, title, ...asFarAsAsked(scored(toKnow, facts, id), facts.unasked.get(id)) };
    });
    return { id: section, points: tests.reduce((sum, it) => sum + it.points, 0), tests };
  });
  return { release, score: Math.min(...sections.map((it) => it.points)), sections };
}

type Score = Omit<ScoredTest, "id" | "title">;

/** A score with what could not be asked: what is not known may be known to who is away. */
function asFarAsAsked(score: Score, unasked: string | undefined): Score {
  if (unasked === undefined) return score;
  const isUnknown = score.state === "NOT_KNOWN";
  const sentence = isUnknown ? `Not known. ${unasked}. Look again when it answers.` : `${score.sentence} ${unasked}.`;
  return { ...score, sentence };
}

function scored(toKnow: string, facts: ScorecardFacts, id: string): Score {
  const [seen, statement] = [facts.seen.get(id), facts.said.get(id)];
  const said = statement && { statement };
  if (seen)
    return {
      state: seen.holds ? "PASS" : "FAIL",
      points: seen.holds ? 1 : 0,
      sentence: seen.sentence,
      evidence: seen.evidence,
      ...said,
    };
  if (!statement) return { state: "NOT_KNOWN", points: 0, sentence: `Not known. ${toKnow}.`, evidence: "" };
  const { holds, automated, text } = statement.record;
  const points = holds ? (automated ? 1 : 0.5) : 0;
  return { state: "MANUAL", points, sentence: `${statement.change.actor} says: ${text}`, evidence: "", ...said };
}
