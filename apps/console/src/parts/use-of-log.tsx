import { Link } from "wouter";
import { pagePath, projectOf } from "../thread/names.ts";
import { Card } from "./card.tsx";
import { Request } from "./request.tsx";

/** What can be made of the predictions of a deployment, and by which requests. */
export const UseOfLog = ({ deployment }: { readonly deployment: string }) => {
  const project = projectOf(deployment);
  return (
    <Card title="From what was served">
      <details className="trace">
        <summary>
          <strong>Compare it with what training joins</strong>
          <span className="quiet">a skew report, value by value</span>
        </summary>
        <Request path={`projects/${project}/skewReports`} body={`{"deployment": "${deployment}"}`} />
        <p className="quiet">
          It is then under <Link href={pagePath(project, "skew")}>Skew</Link>.
        </p>
      </details>
      <details className="trace">
        <summary>
          <strong>Train on it</strong>
          <span className="quiet">the logged vectors, byte for byte, with what really happened</span>
        </summary>
        <Request
          path={`projects/${project}/trainingSets`}
          body={`{"predictionLog": {"deployment": "${deployment}", "labelDelay": "86400s"}}`}
        />
        <p className="quiet">
          It is then under <Link href={pagePath(project, "training-sets")}>Training sets</Link>.
        </p>
      </details>
    </Card>
  );
};
