import { Link } from "wouter";
import { basisPoints } from "../thread/format.ts";
import { idOf, resourcePath } from "../thread/names.ts";

interface Share {
  readonly release: string;
  readonly weightBasisPoints: number;
}

interface SplitBarProps {
  readonly traffic: readonly Share[];
  /** Releases in the order of their colours, so that one release has one colour on a page. Left out: as in `traffic`. */
  readonly order?: readonly string[];
}

const COLOURS = 5;

/** The colour of a release, as a class. A release that is not in the order has the last one. */
export const shareClass = (release: string, order: readonly string[]): string => {
  const place = order.indexOf(release);
  return `share-${place < 0 ? COLOURS - 1 : place % COLOURS}`;
};

/** The shares of a deployment's releases as one bar with its legend. */
export function SplitBar({ traffic, order = traffic.map((it) => it.release) }: SplitBarProps) {
  const serving = traffic.filter((it) => it.weightBasisPoints > 0);
  const text = serving.map((it) => `${basisPoints(it.weightBasisPoints)} to ${idOf(it.release)}`).join(", ");
  return (
    <div className="split">
      <div className="split-bar" role="img" aria-label={text} title={text}>
        {serving.map((it) => (
          <span
            key={it.release}
            className={`share ${shareClass(it.release, order)}`}
            style={{ width: `${it.weightBasisPoints / 100}%` }}
          />
        ))}
      </div>
      <ul className="split-legend">
        {traffic.map((it) => (
          <li key={it.release}>
            <span className={`swatch ${shareClass(it.release, order)}`} aria-hidden="true" />
            <strong className="number">{basisPoints(it.weightBasisPoints)}</strong>{" "}
            <Link href={resourcePath(it.release) ?? "/"} className="clipped mono" title={it.release}>
              {idOf(it.release)}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
