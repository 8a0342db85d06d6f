import { expect, test } from "vitest";
import { resourcePath } from "../thread/names.ts";
import { type GraphProject, makeGraphProject } from "./graph-project.ts";
import type { Looking } from "./looking.ts";

/** The pages of a release whose graph has many nodes, and of its predictions, in the small project. */
export function describeGraphPages({ page, clients, open, sees, complaints }: Looking): void {
  let made: GraphProject | undefined;
  const graph = async () => {
    made ??= await makeGraphProject(clients());
    return made;
  };
  const texts = (selector: string) => page().locator(selector).allTextContents();
  const step = (title: string) => page().locator("li.step", { has: page().getByRole("heading", { name: title }) });

  test("a graph of a release is drawn, and told in a table as well", async () => {
    await open(resourcePath((await graph()).release));
    await expect.poll(() => page().locator("section.graph .react-flow__edge").count()).toBe(11);
    expect((await texts("section.graph .item-title")).slice(0, 4)).toEqual(["request", "gate", "day", "mean"]);
    const rows = page().locator("section.card", { hasText: "Inference graph" }).locator("tbody tr");
    await expect
      .poll(() => rows.filter({ hasText: "broken 1" }).locator("td").allTextContents())
      .toEqual(["broken", "runs its model: broken 1", "nothing", "it is absent", "the request's time"]);
    await expect.poll(() => rows.first().locator("td").nth(2).textContent()).toBe("day, mean (usual)");
    expect(complaints).toEqual([]);
  });

  test("a prediction tells what each node chose, found, looked up and lacked, and how sure it is", async () => {
    await open(resourcePath((await graph()).usual));
    await sees("How the graph came to it");
    const rows = step("How the graph came to it").locator("tbody tr");
    const cells = async (node: string) => rows.filter({ hasText: node }).first().locator("td").allTextContents();
    expect((await cells("chosen")).at(-1)).toMatch(/^chose (own|rivals), with propensity 0.5$/);
    // What a node does stands in the release, which comes after the prediction.
    await expect.poll(async () => (await cells("mean")).at(-1)).toBe("takes the mean");
    expect((await cells("gate")).at(-1)).toBe("found a usual row: 1, the limit is 9.5");
    expect(await cells("broken")).toEqual(["–", "broken", "–", "had nothing to give: MODEL_OUTPUT_INVALID"]);
    await sees("With a probability of 90 % the actual value lies between");
    await sees("it does");
    await sees(/Rows of north: 100 rows, quantile 0.9, which holds/);
    await sees("rows of sales");
    expect(await page().locator(".failed").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a deployment tells how often its intervals held, by group, beside what was promised", async () => {
    await graph();
    await open("/p/shop/deployments/graph");
    await sees("How often intervals held the actual value");
    const rows = page().locator("table", { hasText: "Promised" }).locator("tbody tr");
    const told = await Promise.all((await rows.all()).map((it) => it.locator("td").allTextContents()));
    expect(told.map((it) => it.slice(1, 4))).toEqual([
      ["all", "1", "100 %"],
      ["north", "1", "100 %"],
    ]);
    expect(told.map((it) => it.at(-1))).toEqual(["none", "none"]);
    expect(complaints).toEqual([]);
  });

  test("a prediction that a gate refused says so, and has no score", async () => {
    await open(resourcePath((await graph()).outlier));
    await sees("refused as an outlier");
    await sees("found an outlier: 1,369 is above the limit of 9.5");
    await sees("No score");
    expect(await page().getByRole("heading", { name: "Model" }).count()).toBe(0);
    expect(await page().getByText("With a probability of").count()).toBe(0);
    expect(await page().locator(".failed").count()).toBe(0);
    expect(complaints).toEqual([]);
  });
}
