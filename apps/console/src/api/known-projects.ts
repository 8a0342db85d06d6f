const KEY = "throughline.projects";
const MOST = 20;
/** What a project may be called: an address with anything else leads nowhere. */
const PROJECT = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The projects that were opened in this browser, the last one first. */
export function rememberedProjects(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((it) => typeof it === "string") : [];
  } catch {
    // Storage may be switched off, or hold what another version wrote; then nothing is remembered.
    return [];
  }
}

/** Puts a project at the front of those that were opened. */
export function rememberProject(project: string): void {
  if (!PROJECT.test(project)) return;
  const projects = [project, ...rememberedProjects().filter((it) => it !== project)].slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(projects));
  } catch {
    // Without storage the list of deployments still names the projects.
  }
}
