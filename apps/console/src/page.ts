/** What the address says: the project, and the ids of what is shown. */
export interface PageProps {
  readonly project: string;
  readonly ids: readonly string[];
}
