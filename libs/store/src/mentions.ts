import { setImmediate as nextTurn } from "node:timers/promises";
import type { Digest } from "@throughline/kernel";
import type { Collection, Store } from "./port.ts";
import type { Position } from "./position.ts";

/** Documents that are read at a time: others get their turn in between. */
const PAGE = 200;
const HEX = /[0-9a-f]{64,}/g;
/** Base64 of a message, in which a digest stands in the clear once it is decoded. */
const BASE64 = /^[A-Za-z0-9+/]{86,}={0,2}$/;

/** Which of some digests are named anywhere in the documents of a service. */
export type FindMentions = (digests: readonly Digest[]) => Promise<readonly Digest[]>;

/** One document, with the collection that it is of. */
export interface MentionedIn {
  readonly collection: string;
  readonly id: string;
}

/** What is not looked at. */
export interface Unneeded {
  /** Collections whose documents need no bytes, such as those that only say what was. Histories and remembered requests never do. */
  readonly collections?: readonly string[];
  /** True for a document that needs nothing although it names digests. */
  readonly document?: (document: MentionedIn) => Promise<boolean>;
}

/** A store, and the question who of everything that was opened through it names a digest. */
export interface MentionedStore {
  readonly store: Store;
  readonly mentions: FindMentions;
}

/**
 * Remembers the collections that are opened through a store, and answers which digests their documents name. It reads every
 * document and every text in it, whatever it means there, so that no reference can be forgotten: it may say too much, and never
 * too little. A digest counts as 64 hex digits anywhere in a text or key, in base64 too. Meant for rare questions: it reads
 * everything once, in pages, so that the calls of others are not held up.
 */
export function mentionedStore(store: Store, unneeded: Unneeded = {}): MentionedStore {
  const opened = new Map<string, Collection<object>>();
  const isLookedAt = (name: string): boolean =>
    name !== "store_requests" && !name.endsWith("_history") && !unneeded.collections?.includes(name);
  return {
    store: {
      ...store,
      collection(definition) {
        const collection = store.collection(definition);
        if (isLookedAt(definition.name)) opened.set(definition.name, collection as unknown as Collection<object>);
        return collection;
      },
    },
    async mentions(digests) {
      if (digests.length === 0) return [];
      const wanted = new Set(digests.map((it) => it.slice("sha256:".length)));
      const named = new Set<string>();
      for (const collection of opened.values()) await lookThrough(collection, { wanted, named, unneeded });
      return digests.filter((it) => named.has(it.slice("sha256:".length)));
    },
  };
}

interface Look {
  readonly wanted: ReadonlySet<string>;
  readonly named: Set<string>;
  readonly unneeded: Unneeded;
}

async function lookThrough(collection: Collection<object>, { wanted, named, unneeded }: Look): Promise<void> {
  let after: Position | undefined;
  do {
    const page = await collection.find({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const { id, value } of page.documents) {
      const found = new Set<string>();
      collect([id, value], wanted, found);
      const isNew = [...found].some((it) => !named.has(it));
      if (!isNew || (await unneeded.document?.({ collection: collection.name, id }))) continue;
      for (const it of found) named.add(it);
    }
    after = page.next;
    await nextTurn();
  } while (after !== undefined);
}

function collect(value: unknown, wanted: ReadonlySet<string>, found: Set<string>): void {
  if (typeof value === "string") collectText(value, wanted, found);
  else if (Array.isArray(value)) for (const it of value) collect(it, wanted, found);
  else if (typeof value === "object" && value !== null)
    for (const [key, it] of Object.entries(value)) {
      collectText(key, wanted, found);
      collect(it, wanted, found);
    }
}

function collectText(text: string, wanted: ReadonlySet<string>, found: Set<string>): void {
  if (text.length < 64) return;
  collectHex(text, wanted, found);
  if (BASE64.test(text)) collectHex(Buffer.from(text, "base64").toString("latin1"), wanted, found);
}

function collectHex(text: string, wanted: ReadonlySet<string>, found: Set<string>): void {
  // A longer run of hex digits may hold a digest anywhere.
  for (const [run] of text.matchAll(HEX))
    for (let at = 0; at + 64 <= run.length; at++) {
      const hex = run.slice(at, at + 64);
      if (wanted.has(hex)) found.add(hex);
    }
}
