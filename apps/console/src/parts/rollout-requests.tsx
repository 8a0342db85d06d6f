import type { Rollout } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { verbsFor } from "../thread/rollout-words.ts";
import { Request } from "./request.tsx";

/** What somebody can do to a rollout now, each as the request that does it. It fails if the rollout changed since. */
export const RolloutRequests = ({ of }: { readonly of: Rollout }) =>
  verbsFor(of).map(({ verb, does }) => (
    <details key={verb} className="trace">
      <summary>
        <strong>{verb === "approveStep" ? "approve" : verb}</strong> <span className="quiet">{does}</span>
      </summary>
      <Request
        path={`${of.name}:${verb}`}
        body={JSON.stringify({ etag: of.etag, reason: "WHY", ...(verb === "approveStep" && { step: of.step }) })}
      />
    </details>
  ));
