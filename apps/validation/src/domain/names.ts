import { type Digest, invalidField, resourceName } from "@throughline/kernel";

/** The resource names of the validation service. */
export const projectName = resourceName("projects/{project}");
export const statisticsName = resourceName("projects/{project}/statistics/{statistics}");
export const schemaName = resourceName("projects/{project}/schemas/{schema}");
export const driftReportName = resourceName("projects/{project}/driftReports/{report}");
export const evaluationName = resourceName("projects/{project}/evaluations/{evaluation}");

/** The id of something that is addressed by its digest: the first 16 hexadecimal digits. */
export const idOfDigest = (digest: Digest): string => digest.slice("sha256:".length, "sha256:".length + 16);

/**
 * Refuses a name of another project: who may see one project may not see another one through it. `path` is the field of
 * the request.
 */
export function requireProject(project: string, name: string, path: string): void {
  if (name.startsWith(`projects/${project}/`)) return;
  throw invalidField(path, `"${name}" is not in projects/${project}. Use things of one project in one request.`);
}
