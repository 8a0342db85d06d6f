import type { LineageNode, Way } from "@throughline/lineage";
import { type LineageField, type Lookup, matches } from "@throughline/search";
import { threadTooWide } from "./errors.ts";
import { runName } from "./names.ts";
import type { LineageStore } from "./ports.ts";
import type { RecordedExecution } from "./recording.ts";
import type { LineageTest, RunSet } from "./run-condition.ts";

/** Things of one kind, and nodes of one answer: more make a question too wide. */
const NODES_MAX = 10_000;
/** Edges that are read at a time. */
const EDGES_MAX = 50_000;
/** Nodes whose edges are read at a time. */
const NODES_AT_ONCE = 200;

/** How one kind of thing is found on the thread, and on which ways runs are reached from it. */
interface Question {
  /** What the names of such things begin with, behind the project. */
  readonly collection: string;
  readonly node: LineageNode["type"];
  readonly way: Way;
  /** Executions that lead on. Those of runs are where the way ends, and all others lead away. */
  readonly through: readonly RecordedExecution["kind"][];
}

const TRAINED_ON = {
  node: "artifact",
  way: "DOWNSTREAM",
  through: [
    "INGEST",
    "COMPACT",
    "REVERT",
    "FORGET",
    "CREATE_TRAINING_SET",
    // What was learned from a training set carries it on, into whatever is trained behind it.
    "FIT_TRANSFORMS",
    "APPLY_TRANSFORMS",
  ],
} as const satisfies Omit<Question, "collection">;
const SERVED_BY = { way: "UPSTREAM", through: ["DEPLOY", "RELEASE"] } as const;

const QUESTIONS: Readonly<Record<LineageField["key"], Question>> = {
  "trained_on.feature_view": { collection: "featureViews", ...TRAINED_ON },
  "trained_on.training_set": { collection: "trainingSets", ...TRAINED_ON },
  "trained_on.source": { collection: "sources", ...TRAINED_ON },
  "served_by.deployment": { collection: "deployments", node: "execution", ...SERVED_BY },
  "served_by.release": { collection: "releases", node: "artifact", ...SERVED_BY },
};

/** A thing on the thread: what it may be called in a filter, and where it stands. */
interface Thing {
  readonly values: readonly string[];
  readonly nodes: readonly LineageNode[];
}

/**
 * The runs for which a test of the thread holds: for a test of absence, those for which it does not. Fails with
 * THREAD_TOO_WIDE if more than NODES_MAX things would have to be looked at.
 */
export async function runsOnThread(lineage: LineageStore, project: string, test: LineageTest): Promise<RunSet> {
  const question = QUESTIONS[test.field.key];
  const things = await thingsOf(lineage, { project, question, test });
  const holds = (values: readonly string[]): boolean => {
    const lookup: Lookup = () => values;
    return test.kind === "isNull" ? values.length > 0 : matches(test, lookup);
  };
  const start = things.filter(({ values }) => holds(values)).flatMap(({ nodes }) => nodes);
  return runsFrom(lineage, { project, question, start });
}

async function thingsOf(
  lineage: LineageStore,
  { project, question, test }: { readonly project: string; readonly question: Question; readonly test: LineageTest },
): Promise<readonly Thing[]> {
  const { collection, node } = question;
  const prefix = `projects/${project}/${collection}/`;
  const named = await lineage.resources(project, {
    prefix: prefix + soughtName(test, prefix),
    node,
    limit: NODES_MAX + 1,
  });
  if (named.length > NODES_MAX) throw threadTooWide(test.field.key);
  if (collection !== "featureViews")
    return named.map(({ resource, id }) => ({ values: namesOf(resource, prefix), nodes: [{ type: node, id }] }));
  const versions = await versionsOf(lineage, project, named);
  return named.flatMap(({ resource, id }) => {
    const names = namesOf(resource, prefix);
    const pinned = names.flatMap((name) => [...(versions.get(id) ?? [])].map((version) => `${name}:${version}`));
    return [{ values: [...names, ...pinned], nodes: [{ type: node, id }] }];
  });
}

/** Things are called by their whole name or by their id. */
const namesOf = (resource: string, prefix: string): readonly string[] => [resource, resource.slice(prefix.length)];

/** What the name of the only thing begins with that a test can hold for; empty if it can hold for many. */
function soughtName(test: LineageTest, prefix: string): string {
  if (test.kind !== "comparison" || test.operator !== "=") return "";
  const value = String(test.value);
  const name = value.startsWith(prefix) ? value.slice(prefix.length) : value;
  return name.split(":")[0] ?? "";
}

/** Versions of feature views, which stand in the roles of what they went into: `feature_view.weather.3`. */
async function versionsOf(
  lineage: LineageStore,
  project: string,
  views: readonly { readonly id: string }[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const versions = new Map<string, Set<string>>();
  const nodes = views.map(({ id }): LineageNode => ({ type: "artifact", id }));
  for (let at = 0; at < nodes.length; at += NODES_AT_ONCE) {
    const edges = await lineage.graph(project).edges(nodes.slice(at, at + NODES_AT_ONCE), "DOWNSTREAM", EDGES_MAX);
    for (const { digest, role } of edges) {
      const version = /^feature_view\..+\.(\d+)$/.exec(role)?.[1];
      if (version !== undefined) versions.set(digest, (versions.get(digest) ?? new Set()).add(version));
    }
  }
  return versions;
}

/** Goes from things to the runs that stand nearest to them. */
async function runsFrom(
  lineage: LineageStore,
  {
    project,
    question,
    start,
  }: { readonly project: string; readonly question: Question; readonly start: readonly LineageNode[] },
): Promise<RunSet> {
  const { way, through } = question;
  const runs = new Set<string>();
  const seen = new Map(start.map((it) => [keyOf(it), it]));
  let ring = [...seen.values()];
  while (ring.length > 0) {
    const executions = await lineage.executions(project, idsOf(ring, "execution"));
    for (const { kind, resource } of executions.values()) if (kind === "RUN") runs.add(resource);
    const open = ring.filter((it) => it.type === "artifact" || through.includes(kindOf(executions.get(it.id))));
    ring = [];
    for (const node of await neighbours(lineage, { project, nodes: open, way })) {
      if (seen.has(keyOf(node))) continue;
      seen.set(keyOf(node), node);
      ring.push(node);
    }
    if (seen.size > NODES_MAX) throw threadTooWide(question.collection);
  }
  const artifacts = idsOf([...seen.values()], "artifact");
  return { ids: [...runs].flatMap(idOfRun), datasetDigests: way === "DOWNSTREAM" ? artifacts : [] };
}

const kindOf = (execution: RecordedExecution | undefined): RecordedExecution["kind"] => execution?.kind ?? "EVALUATE";

const keyOf = ({ type, id }: LineageNode): string => `${type} ${id}`;

const idsOf = (nodes: readonly LineageNode[], type: LineageNode["type"]): string[] =>
  nodes.filter((it) => it.type === type).map((it) => it.id);

function idOfRun(resource: string): readonly string[] {
  try {
    return [runName.parse(resource, "resource").run];
  } catch {
    // Whoever recorded the work gave it a name of their own.
    return [];
  }
}

async function neighbours(
  lineage: LineageStore,
  { project, nodes, way }: { readonly project: string; readonly nodes: readonly LineageNode[]; readonly way: Way },
): Promise<readonly LineageNode[]> {
  const found: LineageNode[] = [];
  for (const type of ["artifact", "execution"] as const) {
    const some = nodes.filter((it) => it.type === type);
    for (let at = 0; at < some.length; at += NODES_AT_ONCE) {
      const edges = await lineage.graph(project).edges(some.slice(at, at + NODES_AT_ONCE), way, EDGES_MAX);
      for (const { digest, executionId } of edges)
        found.push(type === "artifact" ? { type: "execution", id: executionId } : { type: "artifact", id: digest });
    }
  }
  return found;
}
