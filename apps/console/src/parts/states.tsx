import type { ReactNode } from "react";
import type { Failure } from "../api/failure.ts";
import type { Loaded } from "../api/use-call.ts";

/** Says that something is on its way. It shows late, so that quick answers do not flicker. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      Loading {what} …
    </p>
  );
}

/** Says that there is nothing yet, and how something comes to be. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Says what failed, why, and what to do. */
export function Failed({ failure, retry }: { readonly failure: Failure; readonly retry?: () => void }) {
  return (
    <div className="failed" role="alert">
      <p className="failed-title">{failure.title}</p>
      <p>{failure.message}</p>
      <p className="quiet">
        {failure.next} {failure.reason !== "" && <code>{failure.reason}</code>}
      </p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface ReadyProps<T> {
  readonly of: Loaded<T>;
  /** What is loaded, in the plural or with its article. */
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}

/** Shows data once it is there; until then that it is loading, or why it is not there. */
export function Ready<T>({ of, what, children }: ReadyProps<T>) {
  if (of.data !== undefined) {
    return (
      <>
        {of.failure && <Failed failure={of.failure} retry={of.reload} />}
        {children(of.data)}
      </>
    );
  }
  return of.failure ? <Failed failure={of.failure} retry={of.reload} /> : <Loading what={what} />;
}
