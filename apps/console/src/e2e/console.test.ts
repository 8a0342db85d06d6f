import { access } from "node:fs/promises";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { type ChromiumForTests, chromiumProgram, type ServerProcess, startChromium } from "@throughline/testing";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { resourcePath } from "../thread/names.ts";
import { type CareProject, makeCareProject } from "./care-project.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { describeDriftPages } from "./drift-pages.ts";
import { describeFeatureStorePages } from "./feature-store-pages.ts";
import { describeGraphPages } from "./graph-pages.ts";
import { describeOnDemandPages } from "./on-demand-pages.ts";
import { startBuiltPlatform } from "./platform.ts";
import { describeRolloutPages } from "./rollout-pages.ts";
import { HOSTILE, lossPoints, MODEL, makeSmallProject, predict, type SmallProject } from "./small-project.ts";
import { describeStudyPages } from "./study-pages.ts";
import { layWire, type Wire } from "./wire.ts";

const hasChromium = await access(chromiumProgram(process.env)).then(
  () => true,
  () => false,
);

describe.skipIf(!hasChromium)("the console in a browser, on a whole platform", () => {
  let platform: ServerProcess;
  let chromium: ChromiumForTests;
  let clients: Clients;
  let made: SmallProject;
  let care: CareProject;
  let base: string;
  let wire: Wire;
  let page: Page;
  /** What the browser complained of, and every request to somewhere else. */
  const complaints: string[] = [];

  beforeAll(async () => {
    wire = await layWire(() => platform.port);
    base = `http://127.0.0.1:${wire.port}`;
    platform = await startBuiltPlatform(`127.0.0.1:${wire.port}`);
    clients = clientsOf(base);
    made = await makeSmallProject(clients);
    care = await makeCareProject(clients);
    chromium = await startChromium(process.env);
  });
  afterAll(async () => {
    await chromium?.close();
    await platform?.stop();
    await wire?.cut();
  });
  beforeEach(async () => {
    complaints.length = 0;
    page = await chromium.browser.newPage();
    page.setDefaultTimeout(60_000);
    page.on("console", (it) => it.type() === "error" && complaints.push(it.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (it) => !it.url().startsWith(base) && complaints.push(`asked ${it.url()}`));
  });
  afterEach(() => page.close());

  const open = (path: string | undefined) => page.goto(`${base}${path}`);
  const sees = (text: string | RegExp) => page.getByText(text).first().waitFor();

  describeFeatureStorePages({
    page: () => page,
    made: () => care,
    clients: () => clients,
    open,
    sees,
    complaints,
  });

  describeRolloutPages({ page: () => page, clients: () => clients, open, sees, complaints });

  describeOnDemandPages({ page: () => page, clients: () => clients, open, sees, complaints });

  describeDriftPages({ page: () => page, clients: () => clients, open, sees, complaints });

  describeStudyPages({ page: () => page, clients: () => clients, open, sees, complaints });

  test("home draws the thread from the source to the deployment", async () => {
    const answer = await open("/p/shop");
    expect(answer?.headers()["content-security-policy"]).toMatch(
      /script-src 'self'; style-src 'self'; .*connect-src 'self'/,
    );
    await page.locator(".react-flow__node", { hasText: "buys" }).first().waitFor();
    const titles = await page.locator(".item-title").allTextContents();
    expect(titles).toEqual(expect.arrayContaining(["sales", "spending", "first try", `${MODEL} 1`, "buys"]));
    await expect.poll(() => page.locator(".stage-count").allTextContents()).toEqual(Array(7).fill("1"));
    await expect.poll(() => page.locator(".react-flow__edge").count()).toBe(6);
    await sees("first of all");
    expect(complaints).toEqual([]);
  });

  test("an empty project explains the first step", async () => {
    await open("/p/nothing-here");
    await sees("Nothing is here yet");
    await sees("npm run demo");
    expect(complaints).toEqual([]);
  });

  test("names are text, whatever they say", async () => {
    await open("/p/shop/runs");
    await sees(HOSTILE);
    await open(resourcePath(made.run));
    await sees(HOSTILE);
    expect(await page.title()).toBe("first try · Throughline");
    expect(await page.locator("img[src=x]").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a file of a run is stored, never shown", async () => {
    await open(resourcePath(made.run));
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download").click()]);
    expect(download.suggestedFilename()).toBe("report.html");
    expect(complaints).toEqual([]);
  });

  test("a run grows on the page while it is logged, until it ends", async () => {
    await open(resourcePath(made.run));
    await sees("20 points");
    await sees("live");
    await clients.tracking.logBatch({ run: made.run, metrics: lossPoints(20, 5) });
    await sees("25 points");
    await clients.tracking.updateRun({
      run: { name: made.run, state: RunState.FINISHED },
      updateMask: { paths: ["state"] },
    });
    await sees("finished");
    await sees("complete");
    expect(complaints).toEqual([]);
  });

  test("the page of a model whose name has a dot can be opened by its address", async () => {
    await open(resourcePath(`projects/shop/models/${MODEL}/versions/1`));
    await sees("probabilities");
    await open(resourcePath(`projects/shop/models/${MODEL}`));
    await sees("the only one there is");
    expect(complaints).toEqual([]);
  });

  test("a release shows its parts and proves them", async () => {
    await open(resourcePath(made.release));
    await sees("Feature service");
    await page.getByRole("button", { name: "Verify now" }).click();
    await sees(/all \d+ digests agree/);
    expect(complaints).toEqual([]);
  });

  test("a deployment counts its answers live", async () => {
    await open(resourcePath(made.deployment));
    const answers = page.locator("table", { hasText: "Log loss" }).locator("tbody td.number").first();
    await expect.poll(() => answers.textContent()).toBe("30");
    await predict(clients, made.deployment, 88);
    await expect.poll(() => answers.textContent()).toBe("31");
    await sees("first of all");
    expect(complaints).toEqual([]);
  });

  test("one prediction leads back to its source rows", async () => {
    await open(resourcePath(made.predictions[0] ?? ""));
    for (const step of ["The answer", "Features that it used", "Release", "Model", "Run", "Training set"])
      await sees(step);
    await sees(/No value in any of the 60 rows was learned after/);
    await sees(/rows of sales/);
    await expect.poll(() => page.locator("details.trace tbody tr").count()).toBeGreaterThan(0);
    expect(await page.locator(".failed").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("lineage is walked by the keyboard", async () => {
    await open(`/p/shop/lineage?start=${encodeURIComponent(made.trainingSet)}`);
    const model = page.locator("button.thing", { hasText: `${MODEL} 1` }).first();
    await model.waitFor();
    await model.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Start from here" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).not.toContain("trainingSets");
    await page.locator("button.thing.start").waitFor();
    expect(complaints).toEqual([]);
  });

  test("on a phone the picture of the lineage begins with what was asked for", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await open(`/p/shop/lineage?start=${encodeURIComponent(made.release)}`);
    const start = page.locator("button.thing.start").first();
    await start.waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    const place = async () => {
      const [box, frame] = [await start.boundingBox(), await page.locator(".graph").boundingBox()];
      return box && frame ? { left: box.x - frame.x, right: frame.x + frame.width - box.x - box.width } : undefined;
    };
    await expect
      .poll(async () => Math.min((await place())?.left ?? -1, (await place())?.right ?? -1))
      .toBeGreaterThan(0);
    expect((await start.boundingBox())?.width).toBeGreaterThan(90);
  });

  test("what does not exist is told once", async () => {
    for (const path of ["/p/shop/models/nope", "/p/shop/deployments/nope"]) {
      await open(path);
      await sees("Not found");
      await page.waitForLoadState("networkidle");
      expect(await page.locator(".failed").count(), path).toBe(1);
      expect(await page.locator(".card").count(), path).toBe(0);
    }
  });

  test("an evaluation draws every slice with its interval", async () => {
    await open(resourcePath(made.evaluation));
    await expect.poll(() => page.locator(".whiskers .dot").count()).toBe(4);
    await expect.poll(() => page.locator(".whiskers .whisker").count()).toBe(4);
    await page.getByRole("button", { name: "log loss" }).click();
    await sees("log loss by slice");
    await open("/p/shop/validation");
    await sees(/0 of \d+ columns/);
    expect(complaints).toEqual([]);
  });

  test("a training set says what its certificate checked, and how its rows are split by time", async () => {
    await open(resourcePath(made.trainingSet));
    await sees(/The split is one of time: 40 rows to train on and 20 to test on/);
    await sees("No label was known at the moment its row predicts from.");
    await sees("a split of time");
    const absent = page.locator("section.card", { hasText: "Rows without a value, by view" });
    await expect.poll(() => absent.locator("tbody td").allTextContents()).toEqual(["spending", "1", "3 · 5 %", "none"]);
    expect(complaints).toEqual([]);
  });

  test("a feature service leads to the report on which of its features are worth having", async () => {
    await open("/p/shop/services/buying");
    const reports = page.locator("section.card", { hasText: "Which features are worth having" });
    await reports.getByRole("link", { name: `${MODEL} 1` }).waitFor();
    await reports.getByRole("link").first().click();
    await sees("Findings, the gravest first");
    await expect.poll(() => page.locator(".whiskers .dot").count()).toBe(3);
    await sees(/spending__amount takes 71.4% of the declared cost/);
    await sees("What to keep, the first ones first");
    await sees(/a linear model shows no loss with the first \d of 3/);
    await sees("the platform does not train it");
    expect(new URL(page.url()).pathname).toBe(resourcePath(made.necessityReport));
    expect(complaints).toEqual([]);
  });

  describeGraphPages({ page: () => page, clients: () => clients, open, sees, complaints });

  test("what is not there says so, with its reason", async () => {
    await open("/p/shop/runs/none");
    await sees("Not found");
    await open("/p/shop/no/such/page");
    await sees("There is no page at this address");
  });

  test("the page outlives the platform's absence and goes on by itself", async () => {
    await open("/p/shop/deployments");
    await sees("live");
    await wire.cut();
    await page.getByRole("link", { name: "Models" }).click();
    await sees("The platform does not answer.");
    await wire.mend();
    await sees("Whether somebody buys");
    await page.getByText("The platform does not answer.").waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Deployments" }).click();
    await sees("first of all");
    // While it was gone the browser reported failed requests; the page itself must not have broken.
    expect(complaints.filter((it) => !it.startsWith("Failed to load resource"))).toEqual([]);
  });
});
