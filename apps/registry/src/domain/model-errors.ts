import { DomainError } from "@throughline/kernel";

/** Another model of the project has the display name. */
export const displayNameTaken = (displayName: string, holder: string): DomainError =>
  new DomainError(
    "exists",
    "DISPLAY_NAME_TAKEN",
    `"${displayName}" is the display name of ${holder} already. Choose another one, or rename that model first.`,
    {
      metadata: { displayName, holder },
      violations: [{ path: "model.display_name", description: `it belongs to ${holder}` }],
    },
  );

/** A thing would have more tags than it may. */
export const tagsExhausted = (resource: string, most: number): DomainError =>
  new DomainError("exhausted", "TAGS_EXHAUSTED", `${resource} would have more than ${most} tags. Remove some first.`, {
    metadata: { resource, most: String(most) },
  });

/** A version is not in the stage that the caller expects. */
export const stageMoved = (version: string, expected: string, actual: string): DomainError =>
  new DomainError(
    "conflict",
    "STAGE_MOVED",
    `${version} is in the stage ${actual}, not ${expected}: somebody moved it. Look at its changes, then decide again.`,
    { metadata: { version, expected, actual } },
  );

/** A version cannot be deleted, since a release needs it. */
export const inRelease = (version: string): DomainError =>
  new DomainError(
    "precondition",
    "IN_RELEASE",
    `${version} is part of a release, and releases stay. Move it to the stage Archived instead of deleting it.`,
    { metadata: { version } },
  );

/** More versions than one change can move. */
export const tooManyInStage = (stage: string, most: number): DomainError =>
  new DomainError(
    "precondition",
    "TOO_MANY_IN_STAGE",
    `More than ${most} other versions are in the stage ${stage}, which is too much for one change. Archive the oldest of them one by one first.`,
    { metadata: { stage, most: String(most) } },
  );

/** More aliases than one change can remove. */
export const tooManyAliases = (model: string, most: number): DomainError =>
  new DomainError(
    "precondition",
    "TOO_MANY_ALIASES",
    `More than ${most} aliases would go with it, which is too much for one change. Remove some aliases of ${model} first.`,
    { metadata: { model, most: String(most) } },
  );

/** Nobody vouches for their own work. */
export const ownVersion = (version: string, actor: string): DomainError =>
  new DomainError(
    "precondition",
    "OWN_VERSION",
    `${actor} registered ${version}, so the approval must come from somebody else. Objections of one's own are taken.`,
    { metadata: { version, actor } },
  );

/** More people have spoken about a version than are kept. */
export const approvalsExhausted = (version: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "APPROVALS_EXHAUSTED",
    `${most} people have spoken about ${version}, which is the most.`,
    {
      metadata: { version, most: String(most) },
    },
  );

/** The bytes are of a kind that is never taken as ONNX. */
export const unsupportedFormat = (what: string, path: string): DomainError =>
  new DomainError(
    "invalid",
    "UNSUPPORTED_FORMAT",
    `unsupported format: ${path} is ${what}, not ONNX. Export the model to ONNX, or register it as MODEL_FORMAT_OPAQUE: it is kept then, and never opened.`,
    { metadata: { what }, violations: [{ path, description: `unsupported format: ${what}` }] },
  );

/** What a version is to be made of is not there. */
export const sourceUnknown = (source: string, why: string): DomainError =>
  new DomainError("precondition", "SOURCE_UNKNOWN", `${source} cannot be registered: ${why}.`, {
    metadata: { source },
    violations: [{ path: "version.source", description: why }],
  });

/** A folder has more files, or longer names, than a version can list. */
export const sourceTooLarge = (source: string, most: string): DomainError =>
  new DomainError(
    "invalid",
    "SOURCE_TOO_LARGE",
    `${source} has more than ${most}, which is the most that a version can list. Put the model into a folder of its own, or pack it into one file.`,
    {
      metadata: { source, most },
      violations: [{ path: "version.source.path", description: `more than ${most}` }],
    },
  );

/** The bytes are no transform fit. */
export const fitInvalid = (why: string): DomainError =>
  new DomainError(
    "precondition",
    "FIT_INVALID",
    `The bytes are no transform fit: ${why}. Give the digest of a fit that FitTransforms of the feature store made.`,
    { violations: [{ path: "transform_fit_digest", description: why }] },
  );

/** The transforms do not fit the model. `why` says what does not, and what to do. */
export const notAttachable = (why: string): DomainError =>
  new DomainError("precondition", "TRANSFORMS_NOT_ATTACHABLE", why);
