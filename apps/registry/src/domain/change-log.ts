import type { ListPage, PageRequest } from "./change.ts";
import type { FieldChange } from "./model.ts";
import type { Entry, HistoryPage } from "./model-store.ts";

/** What one state of a thing has, field by field, as text. Fields that have nothing are left out. */
export type Fields = Readonly<Record<string, string>>;

/** A history that is part of a log: each entry with the fields of its state, none after a removal. */
export type LogSource = (page: PageRequest) => Promise<HistoryPage<Fields>>;

/** The history that `read` gives, with what `fields` sees in each state. */
export const logSource =
  <T>(read: (page: PageRequest) => Promise<HistoryPage<T>>, fields: (record: T) => Fields): LogSource =>
  async (page) => {
    const found = await read(page);
    const items = found.items.map(({ change, record }) => ({
      change,
      ...(record !== undefined && { record: fields(record) }),
    }));
    return { ...found, items };
  };

/** Entries that are read of a history at a time. */
const READ_AT_A_TIME = 200;

/**
 * The changes of several histories as one log, newest first, field by field. The position is how far each history is read,
 * by revision, and how many fields of the next entry were given already: histories only grow at the other end, so that it
 * stays good.
 */
export async function changeLog(
  sources: readonly LogSource[],
  { after, limit }: PageRequest,
): Promise<ListPage<FieldChange>> {
  const position = positionOf(after, sources.length);
  const readers = await Promise.all(sources.map((source, i) => reader(source, position.revisions[i] ?? NONE_YET)));
  const items: FieldChange[] = [];
  let passed = position.passed;
  for (let next = await newest(readers); next; next = await newest(readers)) {
    const changes = next.head?.changes ?? [];
    const room = limit - items.length;
    items.push(...changes.slice(passed, passed + room));
    if (changes.length - passed > room) {
      passed += room;
      return { items, next: textOf(readers, passed) };
    }
    passed = 0;
    await next.advance();
  }
  return { items };
}

const NONE_YET = Number.MAX_SAFE_INTEGER;

interface Position {
  /** Entries of these revisions and later ones were given. */
  readonly revisions: readonly number[];
  readonly passed: number;
}

const positionOf = (after: string | undefined, count: number): Position =>
  after === undefined ? { revisions: Array(count).fill(NONE_YET), passed: 0 } : (JSON.parse(after) as Position);

const textOf = (readers: readonly Reader[], passed: number): string =>
  JSON.stringify({ revisions: readers.map((it) => it.revision), passed } satisfies Position);

/** A history with the entry that comes next. */
interface Reader {
  /** Undefined at the end. */
  readonly head: { readonly timeMs: number; readonly changes: readonly FieldChange[] } | undefined;
  /** Everything of this revision and later ones was passed. */
  readonly revision: number;
  advance(): Promise<void>;
}

async function newest(readers: readonly Reader[]): Promise<Reader | undefined> {
  return readers
    .filter((it) => it.head)
    .reduce<Reader | undefined>(
      (best, it) => (best && (best.head?.timeMs ?? 0) >= (it.head?.timeMs ?? 0) ? best : it),
      undefined,
    );
}

/** Reads on in a history below a revision. Entries that change no field are passed over. */
async function reader(read: LogSource, below: number): Promise<Reader> {
  let entries: readonly Entry<Fields>[] = [];
  let after: string | undefined;
  let isEnd = false;
  const fill = async (): Promise<void> => {
    while (entries.length < 2 && !isEnd) {
      const page = await read({ limit: READ_AT_A_TIME, ...(after !== undefined && { after }) });
      entries = [...entries, ...page.items.filter((it) => it.change.revision < below)];
      after = page.next;
      isEnd = after === undefined;
    }
  };
  const state = {
    head: undefined as Reader["head"],
    revision: below,
    async advance(): Promise<void> {
      if (state.head) drop();
      for (await fill(); entries.length > 0; await fill()) {
        const [entry, before] = entries;
        const changes = entry ? differences(entry, before?.record) : [];
        if (entry && changes.length > 0) {
          state.head = { timeMs: entry.change.timeMs, changes };
          return;
        }
        drop();
      }
    },
  };
  const drop = (): void => {
    state.revision = entries[0]?.change.revision ?? state.revision;
    state.head = undefined;
    entries = entries.slice(1);
  };
  await state.advance();
  return state;
}

function differences(entry: Entry<Fields>, before: Fields | undefined): readonly FieldChange[] {
  const [old, now] = [before, entry.record].map((it) => new Map(Object.entries(it ?? {})));
  const names = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
  const changes = names
    .map((field) => ({ change: entry.change, field, before: old?.get(field) ?? "", after: now?.get(field) ?? "" }))
    .filter((it) => it.before !== it.after);
  if (entry.record !== undefined) return changes;
  return [{ change: entry.change, field: "deleted", before: "", after: "true" }, ...changes];
}
