import { expect, test } from "vitest";
import { resourcePath } from "../thread/names.ts";
import type { Looking } from "./looking.ts";
import { beginApproved, beginBandit, makeRollout } from "./rollout-project.ts";

/** The pages of rollouts, on a canary whose evidence grew over some decisions until it was aborted. */
export function describeRolloutPages({ page, clients, open, sees, complaints }: Looking): void {
  test("a rollout shows its steps, what each analysis knew over time, every decision and why it ended", async () => {
    const name = await makeRollout(clients());
    await open("/p/rolling/rollouts");
    await page().getByRole("link", { name: "late 1" }).click();
    await sees("10 % to the candidate, at least 10 observations");
    await sees("(score - actual) * (score - actual)");
    await page().locator(".sequence .band").first().waitFor();
    await expect.poll(() => page().locator(".sequence .band").first().getAttribute("d")).toMatch(/^M0 .*Z$/);
    await sees("the step needs 10 observations, and has 3");
    await sees("Candidate minus baseline: 0.2 [0.05, 0.35] after 40 observations");
    await sees("aborted");
    const loss = page().locator("section.card", { has: page().getByRole("heading", { name: "loss" }) });
    await expect
      .poll(() => loss.locator("tbody tr").nth(0).locator("td").allTextContents())
      .toEqual([...["5", "0.45 over 40", "0.25 over 360", "0.2", "0.05", "0.35", "abort"]]);
    await expect.poll(() => loss.locator("tbody tr").nth(4).locator("td").nth(4).textContent()).toBe("−∞");
    expect(await page().getByText("To step in").count()).toBe(0);
    expect(new URL(page().url()).pathname).toBe("/p/rolling/rollouts/late/1");
    const { rollout } = await clients().rollouts.getRollout({ name });
    expect(rollout?.decisionCount).toBe(5n);
    expect(complaints).toEqual([]);
  });
  test("what a person can do to a rollout is offered as requests, and what was done shows by itself", async () => {
    const { rollouts } = clients();
    const name = await beginApproved(clients());
    await open(resourcePath(name));
    await page().getByText("lets step 1 end").click();
    await sees(new RegExp(`curl http://[^ ]*/v1/${name}:approveStep`));
    await sees(`{"etag":"1","reason":"WHY","step":0}`);
    await rollouts.pauseRollout({ name, etag: "1", reason: "lunch" });
    await sees("lets it move on by evidence again");
    await sees("lunch");
    await rollouts.resumeRollout({ name });
    await rollouts.approveRolloutStep({ name, step: 0 });
    await rollouts.promoteRollout({ name, reason: "good enough" });
    await sees("good enough");
    await sees("promoted");
    expect(await page().getByText("To step in").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a bandit shows its arms, with the share that each has now", async () => {
    await open(resourcePath(await beginBandit(clients())));
    await sees("Never less than");
    await sees("thompson bernoulli");
    const arms = page().locator("section.card", { has: page().getByRole("heading", { name: "Arms" }) });
    await expect.poll(() => arms.locator("td.number").allTextContents()).toEqual(["97 %", "3 %", "3 %", "3 %"]);
    const shares = page().locator(".split-bar").first();
    await expect.poll(() => shares.getAttribute("aria-label")).toMatch(/^97 % to [0-9a-f]+, 3 % to [0-9a-f]+$/);
    expect(complaints).toEqual([]);
  });
}
