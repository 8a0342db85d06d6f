import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import { deployments } from "../api/clients.ts";
import { rememberedProjects } from "../api/known-projects.ts";
import { useCall } from "../api/use-call.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Brand, DownBanner } from "../parts/shell.tsx";
import { Failed } from "../parts/states.tsx";
import { pagePath, projectOf } from "../thread/names.ts";

/** Projects that have a deployment: the first message of the watch names all that exist. */
async function projectsServing(signal: AbortSignal): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const message of deployments.watchDeployments({ parent: "projects/-" }, { signal })) {
    for (const it of message.deployments) found.add(projectOf(it.name));
    if (message.complete) break;
  }
  return [...found].sort();
}

/** What clients write to unless they are told otherwise. */
const DEFAULT_PROJECT = "default";

/** The first page: choose a project. */
export function ProjectsPage() {
  const serving = useCall("projects", projectsServing);
  const names = [...new Set([...rememberedProjects(), ...(serving.data ?? []), DEFAULT_PROJECT])];
  return (
    <main className="front" id="content">
      <Brand />
      <DownBanner />
      <PageTitle kind="Projects" title="Choose a project" />
      <Card>
        <ul className="choices">
          {names.map((it) => (
            <li key={it}>
              <Link href={pagePath(it)}>
                <span className="clipped">{it}</span>
                {serving.data?.includes(it) && <span className="quiet">serving</span>}
              </Link>
            </li>
          ))}
        </ul>
      </Card>
      {serving.failure && serving.failure.kind !== "down" && (
        <Failed failure={serving.failure} retry={serving.reload} />
      )}
      <OpenProject />
    </main>
  );
}

function OpenProject() {
  const [, navigate] = useLocation();
  const [project, setProject] = useState("");
  const open = (event: FormEvent) => {
    event.preventDefault();
    if (project !== "") navigate(pagePath(project));
  };
  return (
    <form className="open-project" onSubmit={open}>
      <label htmlFor="project">Open a project by its id</label>
      <div>
        <input
          id="project"
          value={project}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          placeholder="my-project"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setProject(event.target.value)}
        />
        <button type="submit">Open</button>
      </div>
      <p className="quiet">A project begins with the first thing that is written to it. Nobody has to create it.</p>
    </form>
  );
}
