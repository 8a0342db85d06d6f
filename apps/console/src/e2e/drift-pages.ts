import { ComputeStatisticsResultSchema } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import type { Row } from "@throughline/tables";
import { expect, test } from "vitest";
import { resourcePath } from "../thread/names.ts";
import type { Looking } from "./looking.ts";
import { parquet } from "./parquet.ts";

const PROJECT = "drifting";
const PARENT = `projects/${PROJECT}`;

/** The page of a drift report, in a project of its own. */
export function describeDriftPages({ page, clients, open, sees, complaints }: Looking): void {
  const statisticsOf = async (columns: readonly string[], numberAt: (row: number) => number): Promise<string> => {
    const { validation, finished, upload } = clients();
    const rows = Array.from({ length: 400 }, (_, i): Row => columns.map(() => numberAt(i)));
    const table = await parquet(
      columns.map((name) => ({ name, type: "float64" as const })),
      rows,
    );
    const { operation } = await validation.computeStatistics({
      parent: PARENT,
      dataDigest: await upload(PROJECT, table),
    });
    return (await finished(operation, ComputeStatisticsResultSchema)).statistics?.name ?? "";
  };

  test("what has drifted, and what else is wrong, is told in words", async () => {
    const baseline = await statisticsOf(["price", "weight"], (i) => i % 10);
    const current = await statisticsOf(["price", "height"], (i) => 30 + (i % 7));
    const { report } = await clients().validation.compareStatistics({ parent: PARENT, baseline, current });
    await open(resourcePath(report?.name ?? ""));
    await sees("Columns, the furthest first");
    const card = page().locator("section.card", { hasText: "Anomalies" });
    const kinds = async () => (await card.locator("tbody tr td:last-child").allTextContents()).toSorted();
    await expect.poll(kinds).toContain("column is gone");
    expect(new Set(await kinds())).toEqual(new Set(["column is gone", "drifted", "not in the baseline"]));
    expect((await card.textContent()) ?? "").not.toMatch(/[A-Z]+_[A-Z]+/);
    expect(complaints).toEqual([]);
  });
}
