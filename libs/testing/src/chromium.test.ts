import { access } from "node:fs/promises";
import { expect, test } from "vitest";
import { chromiumProgram, startChromium } from "./chromium.ts";

const isInstalled = await access(chromiumProgram(process.env)).then(
  () => true,
  () => false,
);

test("a missing Chromium is named, with what to do", async () => {
  await expect(startChromium({ THROUGHLINE_CHROMIUM: "/nowhere/chromium" })).rejects.toThrow(
    /no Chromium at \/nowhere\/chromium\. Install it, or name its path in THROUGHLINE_CHROMIUM/,
  );
});

test.skipIf(!isInstalled)("a page runs its script", async () => {
  const chromium = await startChromium(process.env);
  try {
    const page = await chromium.browser.newPage();
    await page.setContent("<p id=sum></p><script>sum.textContent = 1 + 2</script>");
    expect(await page.textContent("#sum")).toBe("3");
  } finally {
    await chromium.close();
  }
});
