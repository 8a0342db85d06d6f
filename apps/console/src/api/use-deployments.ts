import type { Deployment } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { useState } from "react";
import { deployments as client } from "./clients.ts";
import { type StreamStatus, useStream } from "./use-stream.ts";

interface Serving {
  readonly project: string;
  readonly byName: ReadonlyMap<string, Deployment>;
  /** True once everything that exists has come. */
  readonly complete: boolean;
}

export interface Deployments {
  readonly deployments: readonly Deployment[];
  readonly complete: boolean;
  readonly status: StreamStatus;
}

/** Follows the deployments of a project, by name. */
export function useDeployments(project: string): Deployments {
  const [serving, setServing] = useState<Serving>({ project, byName: new Map(), complete: false });
  const status = useStream({
    key: project,
    open: (signal) => client.watchDeployments({ parent: `projects/${project}` }, { signal }),
    onMessage: (message) => {
      setServing((old) => {
        const byName = new Map(old.project === project ? old.byName : []);
        for (const it of message.deployments) byName.set(it.name, it);
        for (const name of message.removedDeployments) byName.delete(name);
        return { project, byName, complete: message.complete || (old.project === project && old.complete) };
      });
    },
    whenEnded: "reopen",
  });
  const mine = serving.project === project ? serving : undefined;
  const deployments = [...(mine?.byName.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { deployments, complete: mine?.complete ?? false, status };
}
