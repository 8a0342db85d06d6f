import { type ReactNode, useState } from "react";
import type { Pages } from "../api/use-pages.ts";
import { count } from "../thread/format.ts";
import { pageOf } from "../thread/paging.ts";
import { Ready } from "./states.tsx";

/** A column of a table. */
export interface ColumnOf<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  /** Numbers stand at the right, all digits of one width. */
  readonly number?: boolean;
  /** Takes the room that the other columns leave, and is cut off there: for long texts, one in a table. */
  readonly rest?: boolean;
}

const classOf = ({ number, rest }: Pick<ColumnOf<never>, "number" | "rest">): string | undefined =>
  number ? "number" : rest ? "rest" : undefined;

interface TableProps<T> {
  readonly columns: readonly ColumnOf<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
}

/** A plain table. */
export function Table<T>({ columns, rows, rowKey }: TableProps<T>) {
  return (
    <div className="table-frame">
      <table>
        <thead>
          <tr>
            {columns.map((it) => (
              <th key={it.title} scope="col" className={classOf(it)}>
                {it.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((it) => (
                <td key={it.title} className={classOf(it)}>
                  {it.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const ROWS_SHOWN = 50;

/** A table of rows that are all here, shown fifty at a time. */
export const LongTable = <T,>(props: TableProps<T>) => (
  <InPages of={props.rows} size={ROWS_SHOWN} what="rows">
    {(rows) => <Table {...props} rows={rows} />}
  </InPages>
);

interface InPagesProps<T> {
  readonly of: readonly T[];
  /** Most things that are shown at a time. */
  readonly size: number;
  /** What they are, in the plural. */
  readonly what: string;
  readonly children: (part: readonly T[]) => ReactNode;
}

/** Things that are all here, shown a page at a time. */
export function InPages<T>({ of, size, what, children }: InPagesProps<T>) {
  const [page, setPage] = useState(0);
  const part = pageOf(of, page, size);
  return (
    <>
      {children(part.items)}
      {part.pages > 1 && (
        <Pager
          place={`page ${part.page + 1} of ${part.pages} · ${count(of.length)} ${what}`}
          earlier={part.page > 0 ? () => setPage(part.page - 1) : undefined}
          later={part.page < part.pages - 1 ? () => setPage(part.page + 1) : undefined}
        />
      )}
    </>
  );
}

interface PagedTableProps<T> extends Omit<TableProps<T>, "rows"> {
  readonly pages: Pages<T>;
  readonly what: string;
  /** What stands there if the list is empty. */
  readonly empty: ReactNode;
}

/** A table of a list that is loaded page by page. */
export function PagedTable<T>({ pages, what, empty, ...table }: PagedTableProps<T>) {
  return (
    <Ready of={pages} what={what}>
      {({ items }) => (
        <>
          {items.length === 0 && pages.number === 1 ? empty : <Table {...table} rows={items} />}
          {(pages.earlier || pages.later) && (
            <Pager place={`page ${pages.number}`} earlier={pages.earlier} later={pages.later} />
          )}
        </>
      )}
    </Ready>
  );
}

interface PagerProps {
  readonly place: string;
  readonly earlier: (() => void) | undefined;
  readonly later: (() => void) | undefined;
}

function Pager({ place, earlier, later }: PagerProps) {
  return (
    <nav className="pager" aria-label="Pages">
      <button type="button" disabled={!earlier} onClick={earlier}>
        Previous
      </button>
      <span className="quiet">{place}</span>
      <button type="button" disabled={!later} onClick={later}>
        Next
      </button>
    </nav>
  );
}
