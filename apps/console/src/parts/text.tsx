import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { ago, instant } from "../thread/format.ts";
import { idOf, lineagePath, resourcePath, shortDigest } from "../thread/names.ts";

/** Text that may be long: cut with an ellipsis, whole in its title. */
export function Clipped({ text, className = "" }: { readonly text: string; readonly className?: string }) {
  return (
    <span className={`clipped ${className}`} title={text}>
      {text}
    </span>
  );
}

/** So many letters at the end of a name tell it from others that begin alike. */
const TAIL = 7;

/** A name that is cut in the middle where it has no room: names of one family begin alike. */
export function ClippedInside({ text, className = "" }: { readonly text: string; readonly className?: string }) {
  return (
    <span className={`clipped-inside ${className}`}>
      <span className="clipped">{text.slice(0, -TAIL)}</span>
      <span>{text.slice(-TAIL)}</span>
    </span>
  );
}

/** A time as how long ago it was, with the instant in its title. */
export function Ago({ time }: { readonly time: Timestamp | undefined }) {
  const whole = `${instant(time)} UTC`;
  return time === undefined ? (
    <span className="quiet">–</span>
  ) : (
    <time title={whole} dateTime={whole.replace(" UTC", "Z").replace(" ", "T")}>
      {ago(time, Date.now())}
    </time>
  );
}

/** An instant in UTC. */
export function Instant({ time }: { readonly time: Timestamp | undefined }) {
  return <span className="number">{instant(time)}</span>;
}

/** A link to the page of a resource; its bare name if it has no page. */
export function ResourceLink({ name, children }: { readonly name: string; readonly children?: ReactNode }) {
  if (name === "") return <span className="quiet">–</span>;
  const path = resourcePath(name);
  const label = children ?? idOf(name);
  return path === undefined ? (
    <Clipped text={name} />
  ) : (
    <Link href={path} className="clipped" title={name}>
      {label}
    </Link>
  );
}

/** The beginning of a digest, whole in its title, as a link to its lineage. */
export function Digest({ digest, project }: { readonly digest: string; readonly project: string }) {
  return digest === "" ? (
    <span className="quiet">none</span>
  ) : (
    <Link href={lineagePath(project, digest)} className="digest" title={`${digest}: show its lineage`}>
      {shortDigest(digest)}
    </Link>
  );
}

/** A word with a tone. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

export type Tone = "good" | "bad" | "look" | "calm" | "live";
