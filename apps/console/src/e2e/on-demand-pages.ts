import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { expect, test } from "vitest";
import type { Looking } from "./looking.ts";

const PARENT = "projects/fares";
const VIEW = `${PARENT}/featureViews/rides`;
const { FLOAT64, STRING, TIMESTAMP } = ValueType;

/** The page of a feature service that computes on demand, in a project of its own. */
export function describeOnDemandPages({ page, clients, open, sees, complaints }: Looking): void {
  const priced = async (outputs: readonly { readonly name: string; readonly expression: string }[]) => {
    const definitions = {
      entities: [{ name: `${PARENT}/entities/driver`, keys: [{ name: "driver", type: STRING }] }],
      sources: [
        {
          name: `${PARENT}/sources/rides`,
          columns: [
            { name: "driver", type: STRING },
            { name: "miles", type: FLOAT64 },
            { name: "at", type: TIMESTAMP },
          ],
          eventTimeColumn: "at",
          knowledgeTime: { case: "knowledgeDelay" as const, value: { seconds: 0n } },
        },
      ],
      featureViews: [
        {
          name: VIEW,
          entity: `${PARENT}/entities/driver`,
          source: `${PARENT}/sources/rides`,
          features: [{ name: "miles", kind: { case: "column" as const, value: "miles" } }],
        },
      ],
      onDemandViews: [
        {
          name: `${PARENT}/onDemandViews/pay`,
          views: [{ view: VIEW }],
          requestColumns: [{ name: "fare", type: FLOAT64 }],
          outputs: outputs.map((it) => ({ ...it, type: FLOAT64 })),
        },
      ],
      featureServices: [
        {
          name: `${PARENT}/featureServices/priced`,
          views: [{ view: VIEW }],
          onDemandViews: [{ view: `${PARENT}/onDemandViews/pay` }],
        },
      ],
    };
    await clients().definitions.applyDefinitions({ parent: PARENT, definitions });
  };

  test("a feature service shows what it computes on demand, at the version that it pins", async () => {
    await priced([{ name: "per_mile", expression: "fare / rides__miles" }]);
    await priced([
      { name: "per_mile", expression: "rides__miles > 0.0 ? fare / rides__miles : 0.0" },
      { name: "tip", expression: "fare * 0.1" },
    ]);
    await open("/p/fares/services/priced");
    await sees("Computed on demand");
    const rows = page().locator("section.card", { hasText: "Computed on demand" }).locator("tbody tr");
    const cells = async (row: number) => (await rows.nth(row).locator("td").allTextContents()).slice(0, 3);
    await expect.poll(() => rows.count()).toBe(2);
    expect(await cells(0)).toEqual(["pay__per_mile", "rides__miles > 0.0 ? fare / rides__miles : 0.0", "2"]);
    expect(await cells(1)).toEqual(["pay__tip", "fare * 0.1", "2"]);
    await page().getByRole("link", { name: "version 1" }).click();
    await expect.poll(async () => (await cells(0))[1]).toBe("fare / rides__miles");
    expect(await rows.count()).toBe(1);
    expect(complaints).toEqual([]);
  });
}
