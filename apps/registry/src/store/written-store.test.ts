import { everyDatabase } from "@throughline/testing";
import { describe, expect, test } from "vitest";
import { writtenStore } from "./written-store.ts";

interface Note {
  readonly model: string;
  readonly text: string;
}

const MODEL = "projects/p/models/m";
const note = (text: string): Note => ({ model: MODEL, text });
const by = (timeMs: number) => ({ actor: "ada", reason: "", timeMs });

for (const database of everyDatabase()) {
  describe(`what people write about models on ${database.name}`, () => {
    test("of ten writers of one revision one wins, and the history has every change", async () => {
      const store = await database.empty();
      const notes = writtenStore<Note>(store, "registry_notes");
      const name = `${MODEL}/notes/a`;
      for (let round = 1; round <= 3; round++) {
        const current = await notes.get(name);
        const writers = Array.from({ length: 10 }, async (_, i) =>
          store.batch(await notes.set(name, note(`${round} by ${i}`), { ...by(round), current })),
        );
        const won = (await Promise.allSettled(writers)).filter((it) => it.status === "fulfilled");
        expect(won).toHaveLength(1);
      }
      const history = (await notes.history(name, { limit: 10 })).items;
      expect(history.map((it) => it.change.revision)).toEqual([3, 2, 1]);
      expect((await notes.get(name, 2))?.record).toEqual(history[1]?.record);
    });

    test("what was removed is gone, is known as of before, and goes on with its revisions", async () => {
      const store = await database.empty();
      const notes = writtenStore<Note>(store, "registry_notes");
      const [a, b] = [`${MODEL}/notes/a`, `${MODEL}/notes/b`];
      for (const name of [b, a]) await store.batch(await notes.set(name, note(name), { ...by(1), current: undefined }));
      expect((await notes.ofModel(MODEL)).map((it) => it.name)).toEqual([a, b]);
      expect(await notes.ofModel("projects/p/models/M")).toEqual([]);
      const current = await notes.get(a);
      if (!current) return expect.unreachable();
      await store.batch(notes.remove(current, by(2)));
      expect(await notes.get(a)).toBeUndefined();
      expect((await notes.get(a, 1))?.record.text).toBe(a);
      await store.batch(await notes.set(a, note("again"), { ...by(3), current: undefined }));
      expect((await notes.get(a))?.change.revision).toBe(3);
      expect((await notes.history(a, { limit: 10 })).items.map((it) => it.record?.text)).toEqual([
        "again",
        undefined,
        a,
      ]);
    });
  });
}
