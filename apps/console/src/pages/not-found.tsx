import { Link } from "wouter";
import { PageTitle } from "../parts/card.tsx";
import { Brand } from "../parts/shell.tsx";

/** Stands at every address that is no page. */
export function NotFoundPage() {
  return (
    <main className="front" id="content">
      <Brand />
      <NoPage />
    </main>
  );
}

/** Says that an address is no page, and where to go. */
export function NoPage() {
  return (
    <>
      <PageTitle kind="Not found" title="There is no page at this address" />
      <p>
        <Link href="/">Choose a project</Link> and go on from there.
      </p>
    </>
  );
}
