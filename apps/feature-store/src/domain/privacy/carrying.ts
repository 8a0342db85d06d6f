import { type Digest, DomainError } from "@throughline/kernel";
import {
  type AnonymityDemand,
  type Column,
  type ColumnRule,
  checkPurpose,
  combinedRule,
  type KeyRing,
  type PrivacyPolicy,
  type PrivacyViolation,
  purposeRefused,
  type RuleSource,
  ringOf,
  treatmentFor,
} from "@throughline/privacy";
import type { BoundService } from "../feature-service.ts";
import { outputsOf } from "../on-demand/computed-rows.ts";
import { inheritedRule } from "./inherited-rule.ts";
import { type KeptPolicy, nameOfPolicy, type PrivacyPolicies } from "./privacy-policy.ts";

/** The purpose of a set of which nobody said what it is for. A policy may name it as any other. */
export const UNSPECIFIED_PURPOSE = "unspecified";

/** What planning needs. */
export interface CarryingDeps {
  readonly privacyPolicies: PrivacyPolicies;
  /** The secret of each version. Empty: none is configured. */
  readonly privacyKeys: KeyRing;
}

/** What is to be carried, and what for. */
export interface CarryingRequest {
  readonly bound: BoundService;
  /** The columns of the joined rows: those of the spine, then the views' features. */
  readonly columns: readonly Column[];
  /** Empty: nobody said. */
  readonly purpose: string;
  /** 0: the newest. */
  readonly keyVersion: number;
}

/** What becomes of the columns of a set. */
export interface CarryingPlan {
  readonly project: string;
  readonly purpose: string;
  /** Every column is named in it. */
  readonly policy: PrivacyPolicy;
  readonly applied: readonly Pick<KeptPolicy, "project" | "source" | "version" | "digest">[];
  /** Columns that some policy names or refuses unnamed, as they were joined. */
  readonly ruled: readonly string[];
  /** Of the project. */
  readonly keys: KeyRing;
  /** 0: no key is needed. */
  readonly keyVersion: number;
  /** True if the rows are carried as they were joined. */
  readonly isAsJoined: boolean;
}

/**
 * Plans what of the joined rows is carried for a purpose, from the policies that are current now. Undefined: no policy speaks
 * about any column, and no purpose was named.
 *
 * Fails with PURPOSE_REFUSED and every column that may not be carried, PRIVACY_KEYS_MISSING and KEY_VERSION_GONE.
 */
export async function planCarrying(deps: CarryingDeps, request: CarryingRequest): Promise<CarryingPlan | undefined> {
  const { bound, columns } = request;
  const { project } = bound.service;
  const kept = await policiesOf(deps.privacyPolicies, bound);
  if (kept.size === 0 && request.purpose === "") return undefined;
  const purpose = request.purpose === "" ? UNSPECIFIED_PURPOSE : request.purpose;
  const speakers = speakersOf(bound, kept);
  const rules: ColumnRule[] = [];
  const disagreements: PrivacyViolation[] = [];
  const computed = new Set(outputsOf(bound).map((it) => it.name));
  for (const { name } of columns) {
    const rule = (computed.has(name) ? inheritedRule : combinedRule)(name, speakers(name), purpose);
    if (rule && "message" in rule) disagreements.push(rule);
    else if (rule) rules.push(rule);
  }
  const policy: PrivacyPolicy = { columns: rules, unlisted: "refuse", ...strictest([...kept.values()]) };
  const agreed = columns.filter((it) => !disagreements.some((other) => other.column === it.name));
  const violations = [...checkPurpose(agreed, policy, purpose), ...disagreements];
  if (violations.length > 0) throw purposeRefused(purpose, violations);
  const treatments = columns.map((it) => treatmentFor(policy, it.name, purpose)?.kind ?? "keep");
  return {
    project,
    purpose,
    policy,
    applied: [...kept.values()].map(({ source, version, digest }) => ({ project, source, version, digest })),
    ruled: columns.map((it) => it.name).filter((it) => speakers(it).some((by) => names(by))),
    ...keysFor(deps.privacyKeys, { ...request, project, isNeeded: treatments.some((it) => KEYED.has(it)) }),
    isAsJoined: treatments.every((it) => it === "keep") && policy.rowsPerClassMin === undefined,
  };
}

const names = ({ policy, column }: RuleSource): boolean => policy.columns.some((it) => it.column === column);

const KEYED: ReadonlySet<string> = new Set(["pseudonym", "format_preserving", "laplace", "gaussian"]);

interface Keys {
  readonly project: string;
  readonly keyVersion: number;
  readonly isNeeded: boolean;
}

function keysFor(ring: KeyRing, { project, keyVersion, isNeeded }: Keys): Pick<CarryingPlan, "keys" | "keyVersion"> {
  if (!isNeeded) return { keys: [], keyVersion: 0 };
  const newest = ring.at(-1);
  if (!newest) throw privacyKeysMissing();
  return { keys: ringOf(ring, project), keyVersion: keyVersion === 0 ? newest.version : keyVersion };
}

/** Nothing is pseudonymised, given noise or forgotten without a key. */
export const privacyKeysMissing = (): DomainError =>
  new DomainError(
    "precondition",
    "PRIVACY_KEYS_MISSING",
    "It needs a key, and none is configured. Let the operator name a key ring in THROUGHLINE_PRIVACY_KEYS.",
  );

/** The policies of the sources behind the views, and of what comes with spines; by the id of the source, empty for spines. */
async function policiesOf(
  policies: PrivacyPolicies,
  { service: { project }, views }: BoundService,
): Promise<ReadonlyMap<string, KeptPolicy>> {
  const sources = new Set(["", ...views.map((it) => it.view.source)]);
  const found = await Promise.all([...sources].map((source) => policies.get({ project, source })));
  return new Map(found.flatMap((it) => (it ? [[it.source, it]] : [])));
}

/** Aggregates that say how many, and none of the values. */
const COUNTS: ReadonlySet<string> = new Set(["count", "distinct", "approximateDistinct"]);

/** Tells which policies speak about a column of the joined rows, and under which name. */
function speakersOf(bound: BoundService, kept: ReadonlyMap<string, KeptPolicy>) {
  const { views } = bound;
  const found = new Map<string, RuleSource[]>();
  const speak = (name: string, source: string, column: string): void => {
    const policy = kept.get(source)?.policy;
    if (policy) found.set(name, [...(found.get(name) ?? []), { policy, column }]);
  };
  const fromViews = new Set<string>();
  for (const { view, features, keys } of views) {
    for (const { field, column } of keys) speak(field, view.source, column);
    for (const feature of features) {
      const name = `${view.id}__${feature.name}`;
      fromViews.add(name);
      if (feature.kind === "column" || !COUNTS.has(feature.function)) speak(name, view.source, feature.column);
    }
  }
  const ofSpines = kept.get("")?.policy;
  const speakers = (name: string): readonly RuleSource[] => {
    const own = found.get(name) ?? [];
    if (!ofSpines || fromViews.has(name)) return own;
    // Of a key the policies of its sources speak first: the one of spines only where it names it, or nobody else speaks.
    const isNamed = ofSpines.columns.some((it) => it.column === name);
    return own.length === 0 || isNamed ? [...own, { policy: ofSpines, column: name }] : own;
  };
  // Who speaks of what an output is computed of speaks of the output.
  const computed = outputsOf(bound).map((it) => [it.name, it.expression.variables.flatMap(speakers)] as const);
  for (const [name, sources] of computed) {
    fromViews.add(name);
    found.set(name, [...sources]);
  }
  return speakers;
}

/** What several policies demand of the whole set: the most that any of them does. */
function strictest(kept: readonly KeptPolicy[]): Pick<PrivacyPolicy, "rowsPerClassMin" | "demand"> {
  const least = kept.flatMap((it) => it.policy.rowsPerClassMin ?? []);
  const demands = kept.flatMap((it) => it.policy.demand ?? []);
  return {
    ...(least.length > 0 && { rowsPerClassMin: Math.max(...least) }),
    ...(demands.length > 0 && { demand: demands.reduce(strictestOf) }),
  };
}

function strictestOf(a: AnonymityDemand, b: AnonymityDemand): AnonymityDemand {
  const most = (key: "k" | "distinctL" | "entropyL") => Math.max(a[key] ?? 1, b[key] ?? 1);
  const t = Math.min(a.t ?? 1, b.t ?? 1);
  const recursive = [a, b].flatMap((it) => it.recursive ?? []);
  return {
    k: most("k"),
    distinctL: most("distinctL"),
    entropyL: most("entropyL"),
    t,
    ...(recursive.length > 0 && {
      recursive: { c: Math.min(...recursive.map((it) => it.c)), l: Math.max(...recursive.map((it) => it.l)) },
    }),
  };
}

/** The digests of the policies that spoke, with their names, in one order. */
export const policyDigests = ({ applied }: CarryingPlan): Readonly<Record<string, Digest>> =>
  Object.fromEntries(applied.map((it) => [nameOfPolicy(it), it.digest]).sort());
