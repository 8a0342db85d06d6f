import { type Digest, DomainError, digestOfJson, isDomainError, type Json, type Page } from "@throughline/kernel";
import { checkPolicy, type PrivacyPolicy, treatedType } from "@throughline/privacy";
import type { Change, Write } from "@throughline/store";
import type { PageRequest } from "../catalog.ts";
import { policyName, sourcePolicyName } from "../names.ts";
import { problems } from "../problems.ts";
import type { Source } from "../source.ts";

/** Whose columns a policy is about: those of a source, or, with an empty source, what comes with spines and requests. */
export interface PolicySubject {
  readonly project: string;
  /** Id of the source, or empty. */
  readonly source: string;
}

/** A policy in one of its versions, which never changes. */
export interface KeptPolicy extends PolicySubject {
  readonly policy: PrivacyPolicy;
  readonly digest: Digest;
  /** From 1, dense. */
  readonly version: number;
  readonly change: Change;
}

/**
 * The policies of projects, in versions. Laws, checked by `store/privacy-stores.test.ts`:
 * - Versions of a subject are dense from 1. Each is kept with who set it, why and when.
 * - Of several writers that read the same version exactly one succeeds; the others fail with REVISION_CONFLICT or ALREADY_EXISTS.
 */
export interface PrivacyPolicies {
  /** The current version, or the one that was current at a time. */
  get(subject: PolicySubject, asOfMs?: number): Promise<KeptPolicy | undefined>;
  version(subject: PolicySubject, version: number): Promise<KeptPolicy | undefined>;
  /** Newest first. Fails with BAD_PAGE_TOKEN. */
  versions(subject: PolicySubject, page: PageRequest): Promise<Page<KeptPolicy>>;
  setting(next: Omit<KeptPolicy, "version">, current: KeptPolicy | undefined): Promise<readonly Write[]>;
}

/** The name of a policy. */
export const nameOfPolicy = ({ project, source }: PolicySubject): string =>
  source === "" ? policyName.format({ project }) : sourcePolicyName.format({ project, source });

/** SHA-256 of the canonical policy. */
export const policyDigest = (policy: PrivacyPolicy): Digest => digestOfJson(policy as unknown as Json);

/** A policy on its way. */
export interface WantedPolicy {
  readonly subject: PolicySubject;
  readonly policy: PrivacyPolicy;
  readonly change: Change;
  /** The source that it is about; undefined for what comes with spines. */
  readonly columns: Source["columns"] | undefined;
  /** Undefined: any version may be current. */
  readonly expectedVersion?: number | undefined;
}

/** What becomes of a policy. There are no writes if it is the current one already. */
export interface PlannedPolicy {
  readonly kept: KeptPolicy;
  readonly writes: readonly Write[];
}

/** Fails with PRIVACY_POLICY and everything that is wrong, and with POLICY_MOVED. */
export async function planPolicy(policies: PrivacyPolicies, wanted: WantedPolicy): Promise<PlannedPolicy> {
  const { subject, policy, change, expectedVersion } = wanted;
  checkPolicy(policy);
  if (wanted.columns) checkColumns(policy, wanted.columns);
  const current = await policies.get(subject);
  if (expectedVersion !== undefined && expectedVersion !== (current?.version ?? 0))
    throw policyMoved(nameOfPolicy(subject), expectedVersion, current?.version ?? 0);
  const digest = policyDigest(policy);
  if (current?.digest === digest) return { kept: current, writes: [] };
  const next = { ...subject, policy, digest, change };
  const writes = await policies.setting(next, current);
  return { kept: { ...next, version: (current?.version ?? 0) + 1 }, writes };
}

/** Rules name columns of the source, and treatments fit their types. */
function checkColumns(policy: PrivacyPolicy, columns: Source["columns"]): void {
  const types = new Map(columns.map((it) => [it.name, it.type]));
  const violations = policy.columns.flatMap((rule, i) => {
    const type = types.get(rule.column);
    if (type === undefined)
      return [{ path: `columns[${i}].column`, description: `the source has no column "${rule.column}"` }];
    return rule.uses.flatMap(({ treatment }, j) =>
      treatedType(treatment, type) === undefined
        ? [
            {
              path: `columns[${i}].uses[${j}].treatment`,
              description: `${treatment.kind} has no meaning for "${rule.column}", which is ${type}`,
            },
          ]
        : [],
    );
  });
  if (violations.length === 0) return;
  const text = violations.map((it) => `${it.path}: ${it.description}`).join("; ");
  throw new DomainError("invalid", "PRIVACY_POLICY", `The privacy policy cannot be used. ${text}`, { violations });
}

/** The same, with problems of the policy told as problems of a source's definition. */
export async function planSourcePolicy(policies: PrivacyPolicies, wanted: WantedPolicy): Promise<PlannedPolicy> {
  try {
    return await planPolicy(policies, wanted);
  } catch (error) {
    if (!isDomainError(error, "PRIVACY_POLICY")) throw error;
    const found = problems();
    for (const it of error.violations) found.add(`source.privacy_policy.${it.path}`, it.description);
    found.throwIfAny();
    throw error;
  }
}

/** Another version is current than the caller believes. */
const policyMoved = (name: string, expected: number, actual: number): DomainError =>
  new DomainError(
    "conflict",
    "POLICY_MOVED",
    `${name} is at version ${actual}, not ${expected}: somebody set it meanwhile. Look at it again, then decide.`,
    { metadata: { name, expected: String(expected), actual: String(actual) } },
  );

/** The subject that a policy's name is about. `path` is the request's field. */
export function policySubject(name: string, path: string): PolicySubject {
  if (!name.includes("/sources/")) return { project: policyName.parse(name, path).project, source: "" };
  const { project, source } = sourcePolicyName.parse(name, path);
  return { project, source };
}
