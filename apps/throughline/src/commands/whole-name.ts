/** The name of a resource as a person may give it: whole, or as a table shows it, without the project that all names begin with. */
export const wholeName = (name: string, project: string): string =>
  name.startsWith("projects/") ? name : `projects/${project}/${name}`;
