import { Clipped } from "./text.tsx";

/** Names and texts, such as tags or params, sorted by name. */
export function TextPairs({ of, empty }: { readonly of: Readonly<Record<string, string>>; readonly empty: string }) {
  const entries = Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return <p className="quiet">{empty}</p>;
  return (
    <dl className="pairs">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt title={name}>{name}</dt>
          <dd>
            <Clipped text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
