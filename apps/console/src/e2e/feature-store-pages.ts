import { describe, expect, test } from "vitest";
import { resourcePath, rowsPath } from "../thread/names.ts";
import { push } from "./care-data.ts";
import type { CareProject } from "./care-project.ts";
import type { Looking } from "./looking.ts";

interface CareLooking extends Looking {
  readonly made: () => CareProject;
}

/** The pages of the feature store, on a project that has been through all that it keeps. */
export function describeFeatureStorePages({ page, made, clients, open, sees, complaints }: CareLooking): void {
  const texts = (selector: string) => page().locator(selector).allTextContents();
  const rowWith = (text: string) => page().locator("tbody tr", { hasText: text }).first();

  describe("the pages of the feature store", () => {
    test("the log tells every commit, and leads to one of them by the keyboard", async () => {
      await open("/p/care/data");
      await sees("prices in the wrong unit");
      const kinds = await texts("tbody .badge");
      expect(kinds).toEqual(expect.arrayContaining(["push", "revert", "forget"]));
      await rowWith("revert").getByRole("link").first().focus();
      await page().keyboard.press("Enter");
      await sees("Loads and pushes that went out");
      await expect
        .poll(() => page().getByRole("link", { name: "Data versions" }).getAttribute("aria-current"))
        .toBe("page");
      expect(complaints).toEqual([]);
    });

    test("two data versions are compared by typing them, with the rows that one of them has not", async () => {
      await open("/p/care/data");
      await page().getByLabel("From").fill("good");
      await page().getByLabel("to", { exact: true }).fill("3");
      await page().getByRole("button", { name: "Compare" }).click();
      await sees(/Came in: \d rows in 1 segment/);
      await sees("99,999");
      expect(new URL(page().url()).search).toBe("?from=good&to=3");
      expect(complaints).toEqual([]);
    });

    test("what somebody types stays theirs when the newest version comes to be known", async () => {
      const { promise: typed, resolve: answer } = Promise.withResolvers<void>();
      await page().route("**/ListDataVersions", async (route) => {
        await typed;
        await route.continue();
      });
      await open("/p/care/data");
      const from = page().getByLabel("From");
      await from.focus();
      await from.selectText();
      answer();
      await sees(/the newest is \d/);
      await page().keyboard.type("good");
      expect(await from.inputValue()).toBe("good");
      expect(complaints).toEqual([]);
    });

    test("a tag tells what it named before", async () => {
      await open(resourcePath("projects/care/dataTags/good"));
      await sees("the first load");
      await sees("looked at by hand");
      expect(complaints).toEqual([]);
    });

    test("rows are read as of a tag, page by page, and what was forgotten is counted", async () => {
      await open(rowsPath("projects/care/sources/visits", "good"));
      await sees(/\d more were there and were forgotten since/);
      await expect.poll(() => page().locator("tbody tr").count()).toBe(50);
      await page().getByRole("button", { name: "Next" }).click();
      await sees("page 2");
      expect(complaints).toEqual([]);
    });

    test("a fit shows what each step learned, and which model has it in front", async () => {
      await open(resourcePath(made().fit));
      await sees("z-score");
      await expect.poll(() => rowWith("z-score").textContent()).toMatch(/center [\d.]+.*span [\d.]+/);
      await page().getByRole("link", { name: "returning 2" }).click();
      await sees("Transforms in front");
      await page()
        .getByRole("link", { name: made().fit.split("/").at(-1) ?? "" })
        .click();
      await sees("What a model gets");
      expect(complaints).toEqual([]);
    });

    test("freshness stands beside its target, and an alert comes by itself", async () => {
      await open("/p/care/freshness");
      await rowWith("spending").waitFor();
      await expect.poll(() => rowWith("spending").textContent()).toMatch(/stale.*16 h \d+ min8 h/);
      await expect.poll(() => rowWith("person").textContent()).toContain("none");
      // The rows that were taken back had made it fresh: it is noticed at the next look that they are gone.
      const newest = page().locator("section.card", { hasText: "Alerts" }).locator("tbody .badge").first();
      await expect.poll(() => newest.textContent()).toBe("grew too old");
      const told = await page().locator("tbody .badge", { hasText: "recovered" }).count();
      await push(clients(), 1, { hoursAgo: () => 1, cost: () => 100 });
      await expect.poll(() => page().locator("tbody .badge", { hasText: "recovered" }).count()).toBe(told + 1);
      await rowWith("spending").getByText("fresh").waitFor();
      expect(complaints).toEqual([]);
    });

    test("a skew report leads from a feature to its cause, and to a prediction", async () => {
      await open("/p/care/skew");
      await page().locator("tbody a").first().click();
      await sees(/In \d+ of 24 predictions/);
      await sees("taken back");
      await expect.poll(() => rowWith("spending__cost").textContent()).toMatch(/\d+, [\d.]+ %/);
      await page().locator("a[href*='/deployments/returning/']").first().click();
      await sees("Features that it used");
      await sees(/with the transforms [0-9a-f]{16} in front/);
      expect(complaints).toEqual([]);
    });

    test("a training set of served rows says where they come from", async () => {
      await open(resourcePath(made().servedSet));
      await sees("Rows that were served");
      await sees("Sealed parts of the log");
      expect(complaints).toEqual([]);
    });

    test("a training set says what became of columns about people", async () => {
      await open(resourcePath(made().researchSet));
      await sees("carried for: research");
      await expect.poll(() => rowWith("identifier").textContent()).toContain("pseudonym");
      expect(complaints).toEqual([]);
    });

    test("privacy tells classes, reports and forgettings, and never a key that was forgotten", async () => {
      await open("/p/care/privacy");
      await sees("1 not met");
      await sees("asked to be forgotten");
      await page().getByRole("link", { name: "version 1" }).click();
      await sees("agreed with the board");
      await open(resourcePath(made().privacyReport));
      await sees("Demands that are not met");
      await open(resourcePath(made().forgetting));
      await sees("What remains to be done");
      expect(await page().content()).not.toContain("patient-03");
      expect(complaints).toEqual([]);
    });

    test("the home page tells what happened to the data", async () => {
      await open("/p/care");
      await sees(/A revert took \d rows out of visits/);
      await sees(/\d rows? (was|were) forgotten in visits/);
      expect(complaints).toEqual([]);
    });

    test.each([
      ["/p/nothing-here/data", "No data came in yet", "sources/SOURCE:push"],
      ["/p/nothing-here/transforms", "No transforms have learned yet", "transformFits"],
      ["/p/nothing-here/freshness", "No feature views yet", "throughline apply"],
      ["/p/nothing-here/skew", "Nothing was compared yet", "skewReports"],
      ["/p/nothing-here/privacy", "Nothing was forgotten yet", "entities/ENTITY:forget"],
      ["/p/nothing-here/policy", "No policy was set", "privacyPolicy:set"],
    ])("%s says that there is nothing yet, and which call fills it", async (path, title, call) => {
      await open(path);
      await sees(title);
      await sees(call);
      expect(complaints).toEqual([]);
    });
  });
}
