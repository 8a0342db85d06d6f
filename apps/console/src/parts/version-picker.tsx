import { Link } from "wouter";
import { usePathname } from "wouter/use-browser-location";

interface VersionPickerProps {
  readonly shown: bigint;
  readonly newest: bigint;
}

const VERSIONS_SHOWN = 12;

/** Links to the versions of a definition, the newest first. */
export function VersionPicker({ shown, newest }: VersionPickerProps) {
  const path = usePathname();
  const most = Math.min(VERSIONS_SHOWN, Number(newest));
  const versions = Array.from({ length: most }, (_, i) => newest - BigInt(i));
  if (newest <= 1n) return <span>version {String(shown)}</span>;
  return (
    <nav className="versions" aria-label="Versions">
      {versions.map((it) => (
        <Link key={String(it)} href={`${path}?version=${it}`} aria-current={it === shown ? "true" : undefined}>
          {`version ${it}`}
        </Link>
      ))}
    </nav>
  );
}
