import { type ReactNode, useEffect } from "react";
import { Link, useLocation } from "wouter";
import { useConnection } from "../api/connection.ts";
import { rememberProject } from "../api/known-projects.ts";
import { pagePath } from "../thread/names.ts";

const SECTIONS = [
  ["Home", []],
  ["Features", ["features"], ["sources", "views", "services", "necessity"]],
  ["Data versions", ["data"], ["tags", "difference"]],
  ["Freshness", ["freshness"]],
  ["Training sets", ["training-sets"]],
  ["Transforms", ["transforms"]],
  ["Runs", ["runs"]],
  ["Studies", ["studies"]],
  ["Models", ["models"]],
  ["Releases", ["releases"]],
  ["Deployments", ["deployments"]],
  ["Rollouts", ["rollouts"]],
  ["Skew", ["skew"]],
  ["Validation", ["validation"], ["statistics", "drift", "evaluations"]],
  ["Privacy", ["privacy"], ["policy", "privacy-reports", "forgettings"]],
  ["Lineage", ["lineage"]],
] as const;

/** What surrounds every page of a project. */
export function Shell({ project, children }: { readonly project: string; readonly children: ReactNode }) {
  const [path] = useLocation();
  useEffect(() => rememberProject(project), [project]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page begins at its top.
  useEffect(() => {
    scrollTo(0, 0);
  }, [path]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <nav className="side" aria-label="Sections">
        <Brand />
        <Link href="/" className="project" title="Choose another project">
          <span className="quiet">project</span>
          <span className="clipped">{project}</span>
        </Link>
        <Sections project={project} />
      </nav>
      <main id="content" tabIndex={-1}>
        <DownBanner />
        {children}
      </main>
    </div>
  );
}

/** The name of the platform with its mark. */
export function Brand() {
  return (
    <Link href="/" className="brand">
      <img src="/thread.svg" alt="" width={24} height={24} />
      Throughline
    </Link>
  );
}

function Sections({ project }: { readonly project: string }) {
  const [path] = useLocation();
  const here = path.split("/")[3] ?? "";
  return (
    <ul>
      {SECTIONS.map(([title, page, also = []]) => {
        const current = (page[0] ?? "") === here || also.some((it) => it === here);
        return (
          <li key={title}>
            <Link href={pagePath(project, ...page)} aria-current={current ? "page" : undefined}>
              {title}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** Says that nothing answers, for as long as that lasts. */
export function DownBanner() {
  const { up } = useConnection();
  if (up) return null;
  return (
    <div className="banner" role="alert">
      <strong>The platform does not answer.</strong> What is shown may be old. This page tries again by itself and goes
      on once it is back.
    </div>
  );
}
