import type { Happening } from "../thread/activity.ts";
import { agoMs } from "../thread/format.ts";
import { actorText } from "../thread/names.ts";
import { ResourceLink } from "./text.tsx";

/** What happened, newest first. */
export function Timeline({ of }: { readonly of: readonly Happening[] }) {
  if (of.length === 0) return <p className="quiet">Nothing has happened yet.</p>;
  return (
    <ol className="timeline">
      {of.map((it) => (
        <li key={`${it.resource} ${it.timeMs} ${it.what}`}>
          <time className="quiet" title={new Date(it.timeMs).toISOString()}>
            {agoMs(it.timeMs, Date.now())}
          </time>
          <div>
            <ResourceLink name={it.resource}>{it.what}</ResourceLink>
            {it.reason !== "" && (
              <p className="quiet clipped" title={it.reason}>
                {it.reason}
              </p>
            )}
          </div>
          <span className="quiet clipped" title={it.actor}>
            {actorText(it.actor)}
          </span>
        </li>
      ))}
    </ol>
  );
}
