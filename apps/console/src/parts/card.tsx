import { type ReactNode, useEffect } from "react";

interface CardProps {
  readonly title?: ReactNode;
  /** What stands at the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page with a title. */
export function Card({ title, aside, children }: CardProps) {
  return (
    <section className="card">
      {(title !== undefined || aside !== undefined) && (
        <header className="card-header">
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

interface PageTitleProps {
  readonly kind: string;
  readonly title: string;
  readonly children?: ReactNode;
}

/** The head of a page: what kind of thing it shows, which one, and a line of facts. Names the browser's tab too. */
export function PageTitle({ kind, title, children }: PageTitleProps) {
  useEffect(() => {
    document.title = `${title} · Throughline`;
  }, [title]);
  return (
    <header className="page-title">
      <p className="kind">{kind}</p>
      <h1 title={title}>{title}</h1>
      {children !== undefined && <div className="facts">{children}</div>}
    </header>
  );
}

/** Names and values in two columns. */
export function Facts({ of }: { readonly of: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="pairs">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt title={name}>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
