import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openConnection } from "./database.ts";
import { groupCommit } from "./group-commit.ts";

test("a flush commits all that waits before it returns, also what one transaction has no time for", async () => {
  const dir = mkdtempSync(join(tmpdir(), "throughline-group-commit-"));
  const [database, other] = [openConnection(join(dir, "store.db")), openConnection(join(dir, "store.db"))];
  try {
    database.exec("CREATE TABLE numbers (number INTEGER)");
    const commits = groupCommit(database, { isFlushed: true });
    const slow = (number: number) => ({
      rows: 1,
      run() {
        database.statement("INSERT INTO numbers VALUES (?)").run(number);
        for (const endMs = performance.now() + 40; performance.now() < endMs; );
      },
    });
    const asked = [1, 2, 3].map((it) => commits.submit(slow(it)));
    commits.flush();
    // Whoever writes elsewhere from now on comes after them.
    expect(other.statement("SELECT count(*) FROM numbers").get()).toEqual([3]);
    await Promise.all(asked);
    commits.close();
  } finally {
    for (const it of [database, other]) it.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
