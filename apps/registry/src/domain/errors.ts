import { DomainError, type FieldViolation } from "@throughline/kernel";

const told = (violations: readonly FieldViolation[]): string =>
  violations
    .slice(0, 3)
    .map((it) => `${it.path}: ${it.description}`)
    .concat(violations.length > 3 ? [`and ${violations.length - 3} more`] : [])
    .join("; ");

/** The bytes of a model cannot be accepted. Has every problem. */
export const modelInvalid = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "invalid",
    "MODEL_INVALID",
    `The model has ${violations.length} problem(s), so it was not registered. ${told(violations)}. Export it again without them, or register it as MODEL_FORMAT_OPAQUE to keep it only.`,
    { metadata: { problems: String(violations.length) }, violations },
  );

/** The model takes or gives something else than was said. */
export const signatureMismatch = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "precondition",
    "SIGNATURE_MISMATCH",
    `The model takes or gives something else than declared. ${told(violations)}. Correct the declaration, or leave it out to have it read from the model.`,
    { violations },
  );

/** Too many models are being checked. */
export const checksBusy = (waitingMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "CHECKS_BUSY",
    `${waitingMax} models wait already to be checked. Register this one again in a few seconds.`,
    { metadata: { waitingMax: String(waitingMax) } },
  );

/** A model's bytes are more than may be registered. */
export const modelTooLarge = (sizeBytes: number, most: number): DomainError =>
  new DomainError(
    "invalid",
    "MODEL_TOO_LARGE",
    `The model has ${sizeBytes} bytes; at most ${most} can be registered. Make it smaller, or have the limit raised.`,
    {
      metadata: { sizeBytes: String(sizeBytes), most: String(most) },
      violations: [{ path: "version.digest", description: `the bytes are more than ${most}` }],
    },
  );

/** A digest was named that the project does not know. */
export const artifactUnknown = (digest: string, path: string): DomainError =>
  new DomainError(
    "precondition",
    "ARTIFACT_UNKNOWN",
    `${digest} (${path}) is not known in this project. Upload the bytes, or wait until the work that makes them is recorded, then try again.`,
    { metadata: { digest }, violations: [{ path, description: "the digest is not known in this project" }] },
  );

/** A deployment is to be deleted that answers requests. */
export const deploymentServing = (deployment: string, releases: readonly string[]): DomainError =>
  new DomainError(
    "precondition",
    "DEPLOYMENT_SERVING",
    `${deployment} serves ${releases.join(", ")}. Requests to it would fail from then on: say allow_serving if that is meant.`,
    { metadata: { deployment, releases: releases.join(",") } },
  );

/** An alias does not name what the caller expects. 0 stands for no version. */
export const aliasMoved = (alias: string, expected: number, actual: number): DomainError =>
  new DomainError(
    "conflict",
    "ALIAS_MOVED",
    `The alias ${alias} names ${versionText(actual)}, not ${versionText(expected)}: somebody moved it. Look at its changes, then decide again.`,
    { metadata: { alias, expected: String(expected), actual: String(actual) } },
  );

const versionText = (version: number): string => (version === 0 ? "no version" : `version ${version}`);

/** A model has too many aliases. */
export const aliasesExhausted = (model: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "ALIASES_EXHAUSTED",
    `${model} has had ${most} different aliases, which is the most. Use one of them again.`,
    { metadata: { model, most: String(most) } },
  );

/** A release cannot be made. Has every reason. */
export const releaseRefused = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_REFUSED",
    `The release has ${violations.length} part(s) that are missing, changed or not allowed. ${told(violations)}. Mend them all, then make it again.`,
    { metadata: { problems: String(violations.length) }, violations: withinTrailers(violations) },
  );

/** Most bytes of all violations of a failure: they travel in trailers, of which clients take some kilobytes. */
const VIOLATIONS_BYTES_MAX = 1_500;

/** The first violations, and how many there are besides. One that does not fit makes no room for a shorter one after it. */
function withinTrailers(violations: readonly FieldViolation[]): readonly FieldViolation[] {
  let bytes = 0;
  const fitting = violations.findIndex(({ path, description }) => {
    bytes += Buffer.byteLength(path) + Buffer.byteLength(description);
    return bytes > VIOLATIONS_BYTES_MAX;
  });
  const first = violations[fitting];
  if (!first) return violations;
  const shown = violations.slice(0, Math.max(1, fitting));
  const more = violations.length - shown.length;
  return [...shown, { path: first.path, description: `${more} more are not shown; mend these first` }];
}

/** Releases that a deployment names do not exist in its project. */
export const releaseUnknown = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_UNKNOWN",
    `${told(violations)}. Make the release first, in the project of the deployment.`,
    { violations },
  );

/** The shares of a deployment are not the whole. */
export const weightsSum = (sum: number): DomainError =>
  new DomainError(
    "invalid",
    "WEIGHTS_SUM",
    `The shares sum to ${sum} basis points, not 10000. Give each release its part of 10000 hundredths of a percent.`,
    {
      metadata: { sum: String(sum) },
      violations: [{ path: "traffic", description: `the shares sum to ${sum}, not 10000` }],
    },
  );

/** There is nothing to roll back to. */
export const noEarlierState = (deployment: string): DomainError =>
  new DomainError(
    "precondition",
    "NO_EARLIER_STATE",
    `${deployment} served nothing before what it serves now. Set its traffic instead.`,
    { metadata: { deployment } },
  );

/** An alarm is about a release that answers nobody. */
export const releaseNotServing = (deployment: string, release: string): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_NOT_SERVING",
    `${release} has no share of ${deployment}, so there is nothing to roll back for it.`,
    { metadata: { deployment, release } },
  );

/** An alarm began before the release that it is about got its share. */
export const alarmOutdated = (deployment: string, release: string): DomainError =>
  new DomainError(
    "precondition",
    "ALARM_OUTDATED",
    `The alarm began before ${release} got its present share of ${deployment}, so it is about what served then. To roll back all the same, leave the alarm out.`,
    { metadata: { deployment, release } },
  );

/** Writers of one thing kept overtaking this one. */
export const contention = (cause: unknown): DomainError =>
  new DomainError(
    "conflict",
    "CONTENTION",
    "Others kept changing the same thing at the same time, so nothing was changed. Try again shortly.",
    { cause },
  );

/** More streams are open than the service keeps. */
export const tooManyWatchers = (most: number): DomainError =>
  new DomainError(
    "exhausted",
    "TOO_MANY_WATCHERS",
    `${most} streams watch deployments already. Close some, or watch once for all projects.`,
    { metadata: { most: String(most) } },
  );
