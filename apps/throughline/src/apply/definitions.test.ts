import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AggregateFunction, SourceKind } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ColumnClass, UnlistedColumns } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readDefinitionFiles } from "./definition-files.ts";
import { definitionsOf } from "./definitions.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "apply-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const definitions = async (files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return definitionsOf(await readDefinitionFiles(folder), "projects/p");
};

const FEATURES = `
entities:
  - name: airport
    keys: [{ name: code, type: string }]
---
sources:
  departures:
    kind: parquet
    columns:
      - { name: code, type: string }
      - { name: left_at, type: timestamp }
      - { name: delay, type: int64 }
    event_time_column: left_at
    knowledge_delay: 1h30m
views:
  delays:
    entity: airport
    source: departures
    ttl: 2d
    freshness_target: 90s
    tags: { team: ops }
    features:
      - { name: delay, column: delay }
      - { name: total, aggregate: { function: sum, column: delay, window: 6h } }
services:
  - name: late
    views: [{ view: delays }]
`;

describe("definition files", () => {
  test("are written with short names, units and ids", async () => {
    const found = await definitions({ "features.yaml": FEATURES });
    expect(found.entities[0]).toMatchObject({
      name: "projects/p/entities/airport",
      keys: [{ type: ValueType.STRING }],
    });
    expect(found.sources[0]).toMatchObject({
      name: "projects/p/sources/departures",
      kind: SourceKind.PARQUET,
      eventTimeColumn: "left_at",
      knowledgeTime: { case: "knowledgeDelay", value: { seconds: 5_400n } },
    });
    expect(found.featureViews[0]).toMatchObject({
      entity: "projects/p/entities/airport",
      source: "projects/p/sources/departures",
      tags: { team: "ops" },
      ttl: { seconds: 172_800n },
      freshnessTarget: { seconds: 90n },
    });
    expect(found.featureViews[0]?.features[1]?.kind).toMatchObject({
      case: "aggregate",
      value: { function: AggregateFunction.SUM, window: { seconds: 21_600n } },
    });
    expect(found.featureServices[0]?.views[0]?.view).toBe("projects/p/featureViews/delays");
  });

  test("have on-demand views, whose references and those of services are to the right collections", async () => {
    const found = await definitions({
      "fares.yaml": `
on_demand_views:
  fares:
    views: [{ view: trips }]
    request_sources: [meter]
    request_columns: [{ name: fare, type: float64 }]
    outputs: [{ name: per_km, type: float64, expression: fare / trips__km }]
services:
  pricing: { views: [{ view: trips }], on_demand_views: [{ view: fares, features: [per_km] }] }
`,
    });
    expect(found.onDemandViews[0]).toMatchObject({
      name: "projects/p/onDemandViews/fares",
      views: [{ view: "projects/p/featureViews/trips" }],
      requestSources: ["projects/p/sources/meter"],
      outputs: [{ name: "per_km", type: ValueType.FLOAT64, expression: "fare / trips__km" }],
    });
    expect(found.featureServices[0]).toMatchObject({
      views: [{ view: "projects/p/featureViews/trips" }],
      onDemandViews: [{ view: "projects/p/onDemandViews/fares", features: ["per_km"] }],
    });
  });

  test("say which columns are about people, and what they may be carried for", async () => {
    const found = await definitions({
      "people.yaml": `
sources:
  people:
    columns: [{ name: email, type: string }, { name: age, type: int64 }, { name: at, type: timestamp }]
    event_time_column: at
    knowledge_delay: 0s
    privacy_policy:
      unlisted: refuse
      class_row_count_min: 5
      columns:
        - column: email
          class: identifier
          uses: [{ purposes: [churn-model], treatment: { pseudonym: { domain: person } } }]
        - column: age
          class: quasi_identifier
          uses: [{ purposes: ["*"], treatment: { range: { edges: [18, 30, 60] } } }]
`,
    });
    const policy = found.sources[0]?.privacyPolicy;
    expect(policy).toMatchObject({ unlisted: UnlistedColumns.REFUSE, classRowCountMin: 5n });
    expect(policy?.columns.map((it) => it.class)).toEqual([ColumnClass.IDENTIFIER, ColumnClass.QUASI_IDENTIFIER]);
    expect(policy?.columns[0]?.uses[0]?.treatment?.kind).toMatchObject({
      case: "pseudonym",
      value: { domain: "person" },
    });
    expect(policy?.columns[1]?.uses[0]?.treatment?.kind).toMatchObject({ value: { edges: [18, 30, 60] } });
  });

  test("of a folder are read together, JSON beside YAML, and hidden ones are left out", async () => {
    const json = JSON.stringify({ entities: [{ name: "b", keys: [{ name: "id", type: "VALUE_TYPE_INT64" }] }] });
    const yaml = "entities: { a: { keys: [{ name: id, type: int64 }] } }";
    const found = await definitions({
      "b.json": json,
      "deep/a.yml": yaml,
      ".hidden/c.yaml": "nonsense",
      "notes.md": "x",
    });
    expect(found.entities.map((it) => it.name)).toEqual(["projects/p/entities/b", "projects/p/entities/a"]);
  });

  test.each([
    [
      "an unknown list",
      "thinks: []",
      "a.yaml: thinks is none of entities, sources, feature_views, on_demand_views, feature_services",
    ],
    ["an unknown field", "entities: [{ name: a, kees: [] }]", "a.yaml: entities[0].kees: there is no such field"],
    [
      "an unknown type",
      "entities: [{ name: a, keys: [{ name: id, type: real }] }]",
      'keys[0].type: "real" is none of bool',
    ],
    ["a bad duration", "views: [{ name: a, ttl: soon }]", 'views[0].ttl: "soon" is no duration, such as 90s'],
    ["a number for a text", "views: [{ name: a, entity: 7 }]", "views[0].entity: 7 is no text"],
    ["no name", "entities: [{ keys: [] }]", "entities[0]: it has no name"],
    ["broken YAML", "entities: [", "a.yaml:1:"],
    ["a list", "- a", "a.yaml: a document has lists of"],
  ])("with %s are refused with the place", async (_, text, message) => {
    await expect(definitions({ "a.yaml": text })).rejects.toThrow(message);
  });

  test("that have a key twice are refused with the place, which is told once", async () => {
    const twice = definitions({ "a.yaml": "entities: []\nentities: []" });
    await expect(twice).rejects.toThrow(/^a\.yaml:2:1: Map keys must be unique$/);
  });

  test("that define one thing twice are refused with both places", async () => {
    const entity = "entities: [{ name: a, keys: [{ name: id, type: int64 }] }]";
    const twice = definitions({ "one.yaml": entity, "two.yaml": entity });
    await expect(twice).rejects.toThrow("two.yaml: projects/p/entities/a is defined in one.yaml already");
  });

  test("that are not there are told", async () => {
    await expect(readDefinitionFiles(join(folder, "no"))).rejects.toThrow("there is no file or folder");
    await expect(readDefinitionFiles(folder)).rejects.toThrow("has no file that ends in .yaml, .yml, .json");
  });
});
