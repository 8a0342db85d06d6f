import { expect, test } from "vitest";
import { cardMarkdown } from "./card-markdown.ts";
import { EMPTY_CARD_TEXT } from "./card-text.ts";
import type { Known } from "./evidence.ts";
import type { Model } from "./model.ts";
import { modelCard } from "./model-card.ts";
import { DIGEST, knownFrom, slice, someVersion } from "./testing-gate-facts.ts";

const model: Model = {
  name: "projects/p/models/m",
  project: "projects/p",
  displayName: "m",
  description: "Is a flight late?",
  tags: {},
  createTimeMs: 1,
  updateTimeMs: 1,
  latestVersion: 2,
  latestByStage: {},
  aliases: {},
  revision: 1,
};

const cardOf = (known: Known, trainingSetDigest: "" | typeof DIGEST = DIGEST) =>
  modelCard({
    name: "projects/p/models/m/versions/2",
    model,
    version: someVersion(2, { trainingSetDigest, run: "projects/p/runs/r" }),
    text: { name: "projects/p/models/m/card", ...EMPTY_CARD_TEXT },
    known,
  });

const evaluated = knownFrom(
  [
    slice({}, [0.7, 0.69, 0.71], 5_000),
    slice({ origin: "SEA" }, [0.6, 0.55, 0.65], 1_000),
    slice({ origin: "JFK" }, [0.7, 0.65, 0.75], 1_000),
    slice({ origin: "BTV|x" }, [0.7, 0.5, 0.9], 50),
  ],
  ["origin=LEB"],
);

test("limits follow from the facts: what differs, what has few rows, what is not known", () => {
  expect(cardOf(evaluated).limits).toEqual([
    "It is not known whether the training data says something of the future.",
    "Its latency was not measured.",
    "Fewer than 200 rows were evaluated of origin=BTV|x.",
    "Too few rows to evaluate were there of origin=LEB.",
    "auc (0.7 over all rows) differs in origin=SEA, one slice at a time.",
  ]);
  expect(cardOf({ measurements: new Map() }, "").limits).toContain(
    "It was not evaluated on data that the platform has.",
  );
});

test("the evaluation is a table with intervals, in which no name of a slice breaks a row", () => {
  const markdown = cardMarkdown(cardOf(evaluated));
  expect(markdown).toContain("| slice | rows | auc |\n| --- | --- | --- |\n| all rows | 5000 | 0.7 (0.69 to 0.71) |");
  expect(markdown).toContain("| origin=BTV\\|x | 50 | 0.7 (0.5 to 0.9) |");
  expect(markdown.match(/^## .*$/gm)?.slice(0, 3)).toEqual(["## Owners", "## Intended use", "## Not to be used for"]);
});
