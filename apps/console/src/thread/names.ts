/** The last segment of a resource name: `late` of `projects/p/models/late`. */
export const idOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** What a resource is called where there is little room: `late 3` of a model's version, otherwise the last segment. */
export function titleOf(name: string): string {
  const [, , collection, id, sub, subId] = name.split("/");
  return collection === "models" && sub === "versions" ? `${id} ${subId}` : idOf(name);
}

/** Who did something, where there is little room: a rollout that went on by itself is `rollout 3`, everybody else is called by name. */
export const actorText = (actor: string): string => actor.replace(/^projects\/.*\/rollouts\/(\d+)$/, "rollout $1");

/** `projects/p` of every name that starts with it. */
export const projectOf = (name: string): string => name.split("/")[1] ?? "";

/**
 * One segment of an address. A dot is written as `%2E`, because the gateway takes the end of an address with a dot in it
 * for the name of a file.
 */
export const segment = (text: string): string => encodeURIComponent(text).replaceAll(".", "%2E");

/** What a segment of an address says. */
export function segmentText(encoded: string | undefined): string {
  try {
    return decodeURIComponent(encoded ?? "");
  } catch {
    return encoded ?? "";
  }
}

/** The console's address of a page in a project. */
export const pagePath = (project: string, ...segments: readonly string[]): string =>
  `/p/${[project, ...segments].map(segment).join("/")}`;

/** The collections that have pages: by the segments of a resource name without its ids. */
const PAGES: Readonly<Record<string, string>> = {
  experiments: "runs",
  runs: "runs",
  studies: "studies",
  models: "models",
  "models/versions": "models",
  releases: "releases",
  deployments: "deployments",
  "deployments/predictions": "deployments",
  "deployments/rollouts": "rollouts",
  sources: "sources",
  featureViews: "views",
  featureServices: "services",
  trainingSets: "training-sets",
  statistics: "statistics",
  driftReports: "drift",
  evaluations: "evaluations",
  dataVersions: "data",
  dataTags: "tags",
  transformFits: "transforms",
  skewReports: "skew",
  necessityReports: "necessity",
  privacyPolicy: "policy",
  "sources/privacyPolicy": "sources",
  privacyReports: "privacy-reports",
  forgettings: "forgettings",
};

const FIT_ID_DIGITS = 16;

/** The name of a transform fit by its digest, of whose first digits it is made. */
export const fitName = (project: string, digest: string): string =>
  `projects/${project}/transformFits/${digest.replace(/^sha256:/, "").slice(0, FIT_ID_DIGITS)}`;

/** The console's address of a resource, or undefined if it has no page. */
export function resourcePath(name: string): string | undefined {
  const [root, project, ...rest] = name.split("/");
  if (root !== "projects" || !project || rest.length === 0) return undefined;
  const collection = rest.filter((_, i) => i % 2 === 0).join("/");
  const ids = rest.filter((_, i) => i % 2 === 1);
  const page = PAGES[collection];
  // Of everything in a project, policies alone have a name that ends without an id: there is one of each.
  const isPolicy = rest.at(-1) === "privacyPolicy";
  if (page === undefined || (!isPolicy && ids.length * 2 !== rest.length)) return undefined;
  if (collection === "sources/privacyPolicy") return pagePath(project, page, ...ids, "policy");
  if (collection === "experiments") return `${pagePath(project, "runs")}?experiment=${encodeURIComponent(name)}`;
  return pagePath(project, page, ...ids);
}

/** The address of the lineage page that starts at a resource, a digest or an execution. */
export const lineagePath = (project: string, start: string): string =>
  `${pagePath(project, "lineage")}?start=${encodeURIComponent(start)}`;

/** The address of the page that tells what two data versions do not share; each is a number, a tag, or empty. */
export const differencePath = (project: string, from: string, to: string): string =>
  `${pagePath(project, "difference")}?${new URLSearchParams({ from, to })}`;

/** The address of the rows of a source as of a data version: a number, a tag, or empty for the newest. */
export const rowsPath = (source: string, at: string): string =>
  `${pagePath(projectOf(source), "sources", idOf(source), "rows")}?${new URLSearchParams({ at })}`;

/** `sha256:0123abcd…` as its first twelve hex digits. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12);

/** The gateway's address of the bytes of an artifact. */
export const pathOfDownload = (project: string, digest: string): string =>
  `/v1/projects/${encodeURIComponent(project)}/artifacts/${digest}:download`;
